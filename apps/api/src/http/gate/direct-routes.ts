import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AnswerExchange, DirectAnswers, DirectRoute, Exchange } from '../../auth/exchange.js';
import type { Gate } from './gate.js';

/**
 * The short way, for the routes of most requests. A request whose caller the gate knows from a moment ago is answered
 * without Fastify, which would cost a good part of what the whole request costs. Every other request goes through
 * Fastify, where the same routes are registered. A request that the gate refuses or that fails goes there as well, to
 * be told the error in the shape of its API: it is not judged again.
 */
export class DirectRoutes implements DirectAnswers {
  /** By the whole path. */
  readonly #routes = new Map<string, DirectRoute>();

  constructor(private readonly gate: Gate) {}

  post(app: FastifyInstance, route: DirectRoute): void {
    this.#routes.set(app.prefix + route.url, route);
    app.post(route.url, {
      config: route.config,
      // Here, because the work that Fastify does after this hook costs much and is not needed.
      onRequest: (request, reply, done) => {
        this.answer(request, reply, route.handle).catch(done);
      },
      handler: () => {
        throw new Error('the hook before has answered');
      },
    });
  }

  async answer(request: FastifyRequest, reply: FastifyReply, work: AnswerExchange): Promise<void> {
    const { id, actor, raw } = request;
    await this.gate.answer({ id, actor, raw, answer: reply.raw }, work);
    reply.hijack();
  }

  /**
   * From now on requests come here before they come to Fastify, whose listener must be the only one of the server so
   * far.
   */
  attach(app: FastifyInstance): void {
    const { server } = app;
    if (server.listenerCount('request') !== 1) throw new Error('the server has other listeners than that of Fastify');
    const fastify: RequestListener = (message, answer) => {
      app.routing(message, answer);
    };
    server.removeAllListeners('request');
    server.on('request', (message: IncomingMessage, answer: ServerResponse) => {
      if (!this.#takes(message, answer, fastify)) fastify(message, answer);
    });
  }

  #takes(message: IncomingMessage, answer: ServerResponse, fastify: RequestListener): boolean {
    if (message.method !== 'POST') return false;
    const { url = '' } = message;
    const route = this.#routes.get(url);
    if (route === undefined) return false;
    const arrival = this.gate.arrive(message);
    const admission = this.gate.admit(arrival, route.config);
    if (admission.outcome === 'UNKNOWN') return false;
    this.gate.note(arrival, url, answer);
    if (admission.outcome === 'REFUSED') {
      this.gate.handOver(arrival, admission);
      fastify(message, answer);
      return true;
    }
    const exchange: Exchange = { id: arrival.id, actor: admission.actor, raw: message, answer };
    this.gate.answer(exchange, route.handle).catch((error: unknown) => {
      this.gate.handOver(arrival, { outcome: 'REFUSED', error, endsSession: false });
      fastify(message, answer);
    });
    return true;
  }
}
