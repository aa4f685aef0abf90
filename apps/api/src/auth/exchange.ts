import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Access, Actor } from './actor.js';

/** A request before it is known who sent it. A FastifyRequest is one, too. */
export interface Arrival {
  /** Our own id of the request, or the one that a trusted proxy gave it. */
  readonly id: string;
  /** The caller's address: behind trusted proxies, the one they name. Null: the connection was closed already. */
  readonly clientIp: string | null;
  readonly raw: IncomingMessage;
}

/** A request whose caller is known and may make it, and its answer. */
export interface Exchange {
  readonly id: string;
  readonly actor: Actor;
  readonly raw: IncomingMessage;
  readonly answer: ServerResponse;
}

/** Writes the answer. Rejects with the error that the caller is to be told, as long as nothing is written. */
export type AnswerExchange = (exchange: Exchange) => Promise<void>;

/** A POST route that reads the body and writes the answer by itself. */
export interface DirectRoute {
  /** Below the prefix of the plug-in, without parameters. */
  readonly url: string;
  readonly config: FastifyContextConfig & { readonly access: Access };
  readonly handle: AnswerExchange;
}

/** What domains need of the HTTP server to write answers by themselves: see http/gate/direct-routes.ts. */
export interface DirectAnswers {
  /** Registers a route that is answered as soon as its caller is known. */
  post(app: FastifyInstance, route: DirectRoute): void;
  /** Has `work` write the answer of a request of any other route, whose body is read already. */
  answer(request: FastifyRequest, reply: FastifyReply, work: AnswerExchange): Promise<void>;
}
