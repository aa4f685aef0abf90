import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Lets answers hear that their connection is gone which wait for their turn on it: of several requests that came one after the other
 * without waiting, only the first one's answer has the connection, and Node tells that one alone. The others would go on for nobody.
 */
export function tellQueuedAnswers(server: Server): void {
  const queued = new WeakMap<Socket, Set<ServerResponse>>();
  const queueOf = (socket: Socket): Set<ServerResponse> => {
    const known = queued.get(socket);
    if (known !== undefined) return known;
    const answers = new Set<ServerResponse>();
    queued.set(socket, answers);
    socket.once('close', () => {
      for (const answer of answers) {
        if (answer.socket !== null) continue;
        answer.destroy();
        answer.emit('close');
      }
    });
    return answers;
  };
  server.prependListener('request', ({ socket }: IncomingMessage, answer: ServerResponse) => {
    if (answer.socket !== null) return;
    const answers = queueOf(socket);
    answers.add(answer);
    answer.once('close', () => answers.delete(answer));
  });
}
