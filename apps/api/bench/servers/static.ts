import type { AddressInfo } from 'node:net';
import { fastify } from 'fastify';
import { answerCalls } from '../support/child.js';

/** Fastify that answers with a text it was given, and does nothing else. */
export interface StaticCalls {
  start(text: string): Promise<string>;
}

answerCalls<StaticCalls>({
  start: async (text) => {
    const app = fastify({ logger: false, keepAliveTimeout: 72_000, requestTimeout: 300_000 });
    app.post('/graphql', (_request, reply) => reply.type('application/json; charset=utf-8').send(text));
    await app.listen({ host: '127.0.0.1', port: 0 });
    return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  },
});
