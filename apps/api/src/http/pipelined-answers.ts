import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Lets answers hear that their connection is gone which wait for their turn on it: of several requests that came one after the other
 * without waiting, only the first one's answer has the connection, and before Node.js 24 that one alone is told. The others would go on
 * for nobody.
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
    // When Node has told those that it does tell: nobody is told twice.
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
