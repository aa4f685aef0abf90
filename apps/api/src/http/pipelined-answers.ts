import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Emits 'close' on answers that wait for their turn on a connection when it closes. A client may send several requests
 * without waiting: only the answer to the first one has the connection, and before Node.js 24 only that answer is told
 * when the connection closes. The work for the others would go on for nobody.
 */
export function tellQueuedAnswers(server: Server): void {
  const queued = new WeakMap<Socket, Set<ServerResponse>>();
  const queueOf = (socket: Socket): Set<ServerResponse> => {
    const known = queued.get(socket);
    if (known !== undefined) return known;
    const answers = new Set<ServerResponse>();
    queued.set(socket, answers);
    const tellTheRest = (): void => {
      for (const answer of answers) {
        if (answer.socket !== null) continue;
        answer.destroy();
        answer.emit('close');
      }
    };
    // After Node has told the answers that it tells by itself: no answer is told twice.
    socket.once('close', () => setImmediate(tellTheRest));
    return answers;
  };
  server.prependListener('request', ({ socket }: IncomingMessage, answer: ServerResponse) => {
    if (answer.socket !== null) return;
    const answers = queueOf(socket);
    answers.add(answer);
    answer.once('close', () => answers.delete(answer));
  });
}
