import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Access } from '../../auth/actor.js';
import { AppError } from '../../errors.js';
import { Audience } from '../../models/audience.js';
import { readBody } from '../body/body-scanner.js';
import { readForm } from '../forms/read-form.js';
import type { Forwarded } from '../forwarding/forwarded.js';
import type { GatewayCall } from '../forwarding/gateway-call.js';
import {
  answerBy,
  bufferedBody,
  bufferBodies,
  postRoute,
  sendError,
  type GatewayRouteOptions,
} from '../http/gateway-route.js';
import { unknownModel } from '../routing/unknown-model.js';
import { ModelList } from './model-list.js';
import { OpenaiDialect, OpenaiFormDialect, ResponseDialect } from './openai-dialect.js';
import { toOpenaiError } from './openai-error.js';
import { responseNotFound, ResponseOwners } from './response-owners.js';

/** What is passed on to the endpoint that has the model of the body. */
const FORWARDED = [
  '/chat/completions',
  '/completions',
  '/embeddings',
  '/rerank',
  '/audio/speech',
  '/images/generations',
  '/responses',
] as const;

/** The same for forms with a file. */
const FORWARDED_FORMS = [
  '/audio/transcriptions',
  '/audio/translations',
  '/images/edits',
  '/images/variations',
] as const;
const FORM = 'multipart/form-data';

const MODELS: Access = { needs: 'MODELS_READ' };
const CHAT: Access = { needs: 'CHAT' };

/**
 * The OpenAI API of the gateway, under /v1. Every failure has OpenAI's shape, those of parsing and routing included.
 */
export async function openaiRoutes(app: FastifyInstance, options: GatewayRouteOptions): Promise<void> {
  bufferBodies(app, options.budget);
  // Left as it is, to be read while it is sent on.
  app.addContentTypeParser(FORM, (_request: FastifyRequest, payload: Readable, done) => done(null, payload));
  app.setErrorHandler((thrown, request, reply) =>
    sendError(thrown, request, reply, toOpenaiError(thrown, request.id), options.logger),
  );
  app.setNotFoundHandler(answerUnknownRoute);
  // The admin app's route for pages would take these before anything counts as not found.
  app.get('/*', { config: { access: { needs: 'ANYBODY' } } }, answerUnknownRoute);

  const list = new ModelList(options.routing.table);
  app.get('/models', { config: { access: MODELS } }, async (request, reply) => {
    const { bytes, etag } = await list.all(request.actor);
    void reply.headers({ etag, 'cache-control': 'private, no-cache' });
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    return reply.type('application/json; charset=utf-8').send(bytes);
  });
  // Names have slashes in them, encoded or not.
  app.get<{ Params: { '*': string } }>('/models/*', { config: { access: MODELS } }, (request, reply) => {
    const name = request.params['*'];
    if (name === '') return answerUnknownRoute(request, reply);
    const model = list.find(request.actor, name);
    if (model === null) throw unknownModel(options.routing.table, request.actor, name);
    return model;
  });

  const calls = new OpenaiCalls(options);
  for (const path of FORWARDED) {
    postRoute(app, { url: path, config: { access: CHAT }, options, path, send: (call) => calls.forward(call) });
  }
  for (const path of FORWARDED_FORMS) {
    app.post(path, { config: { access: CHAT } }, async (request, reply) => {
      await answerBy(request, reply, options, { path }, (call) => calls.forwardForm(call, request));
      return reply;
    });
  }
  for (const { method, path } of ABOUT_A_RESPONSE) {
    app.route<{ Params: { id: string } }>({
      method,
      url: path,
      config: { access: CHAT },
      handler: async (request, reply) => {
        const { id } = request.params;
        const query = /\?.*$/s.exec(request.url)?.[0] ?? '';
        const about = { path: path.replace(':id', encodeURIComponent(id)) + query, method, purpose: 'LOOK' } as const;
        await answerBy(request, reply, options, about, (call) => calls.forwardToOwner(call, id));
        return reply;
      },
    });
  }
}

/** Finds out what each kind of request is about, and has it forwarded. */
class OpenaiCalls {
  readonly #owners = new ResponseOwners();

  constructor(private readonly options: GatewayRouteOptions) {}

  /** A request with a body of JSON goes to whoever has its model. */
  async forward(call: GatewayCall): Promise<Forwarded> {
    const body = readBody(call.body, { isBoundToModels: !Audience.of(call.actor).seesAll });
    const dialect = new OpenaiDialect(call, body instanceof Promise ? await body : body, this.#owners);
    return this.options.forwarder.forward(call, dialect);
  }

  /** So does one with a form. */
  async forwardForm(call: GatewayCall, { body, raw }: FastifyRequest): Promise<Forwarded> {
    const { forwarder, budget } = this.options;
    if (!(body instanceof Readable)) throw new AppError('UNSUPPORTED_TYPE', `The body must be ${FORM}.`);
    const { form, giveBack } = await readForm(raw, { actor: call.actor, budget });
    try {
      return await forwarder.forward(call, new OpenaiFormDialect(call, form));
    } finally {
      giveBack();
    }
  }

  /** A request about a response that was made before goes to the endpoint that has it. */
  forwardToOwner(call: GatewayCall, responseId: string): Promise<Forwarded> {
    const { forwarder, routing } = this.options;
    const owner = this.#owners.find(call.actor, responseId);
    const server = owner === null ? undefined : routing.table.server(owner.connectionId);
    if (owner === null || server === undefined) throw responseNotFound(responseId);
    const candidate = { ...server, upstreamId: owner.model, file: null };
    return forwarder.forward(call, new ResponseDialect(call, owner), [candidate]);
  }
}

/** Requests about a response that an endpoint has made before. */
const ABOUT_A_RESPONSE = [
  { method: 'GET', path: '/responses/:id' },
  { method: 'DELETE', path: '/responses/:id' },
  { method: 'GET', path: '/responses/:id/input_items' },
  { method: 'POST', path: '/responses/:id/cancel' },
] as const;

function answerUnknownRoute(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  bufferedBody(request)?.giveBack();
  return reply.code(404).send({
    error: {
      message: `Unknown route: ${request.method} ${request.url.split('?', 1)[0] ?? ''}`,
      type: 'invalid_request_error',
      param: null,
      code: 'unknown_url',
    },
  });
}
