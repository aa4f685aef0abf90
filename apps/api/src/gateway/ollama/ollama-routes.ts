import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Access, Actor } from '../../auth/actor.js';
import type { Arrival } from '../../auth/exchange.js';
import { AppError } from '../../errors.js';
import { Audience } from '../../models/audience.js';
import { NO_TOKENS } from '../answers/token-counts.js';
import { readBody, type ReadBody } from '../body/body-scanner.js';
import { mayKeepAlive, type InstanceField } from '../body/instance-fields.js';
import type { StringField } from '../body/json-string.js';
import { WHOLE_HEADERS } from '../forwarding/forwarded-headers.js';
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
import type { Route } from '../routing/routing-table.js';
import { unknownModel } from '../routing/unknown-model.js';
import { toShown } from './model-entry.js';
import { OllamaModelLists } from './model-lists.js';
import { routedName } from './names.js';
import { isOllama, OllamaDialect } from './ollama-dialect.js';
import { toOllamaError } from './ollama-error.js';
import { nameIn, ShowDialect, showRequest } from './show.js';
import {
  translateChat,
  translateEmbed,
  translateEmbeddings,
  translateGenerate,
  type Translate,
} from './translate/translations.js';

interface Options extends GatewayRouteOptions {
  /** Ourselves, as /api/version tells beside the version of the API. */
  readonly ownVersion: string;
  /** Who acts where nothing is presented; null: nobody. */
  readonly fallbackActor: (arrival: Arrival) => Actor | null;
}

/** Of the Ollama whose API these routes follow. See docs/gateway.md. */
const API_VERSION = '0.24.0';

const MODELS: Access = { needs: 'MODELS_READ' };
const CHAT: Access = { needs: 'CHAT' };

interface ModelRoute {
  readonly translate: Translate;
  /** Whether the answer comes as a stream where the request says nothing of it. */
  readonly streams: boolean;
  /** What an answer without text is, for a model that no Ollama has. */
  readonly nothing: (model: string, reason: string) => object;
}

const FORWARDED: Readonly<Record<string, ModelRoute>> = {
  '/chat': {
    translate: translateChat,
    streams: true,
    nothing: (model, reason) => loaded(model, reason, { message: { role: 'assistant', content: '' } }),
  },
  '/generate': {
    translate: translateGenerate,
    streams: true,
    nothing: (model, reason) => loaded(model, reason, { response: '' }),
  },
  '/embed': { translate: translateEmbed, streams: false, nothing: (model) => ({ model, embeddings: [] }) },
  '/embeddings': { translate: translateEmbeddings, streams: false, nothing: () => ({ embedding: [] }) },
};

const loaded = (model: string, reason: string, answer: object) => ({
  model,
  created_at: new Date().toISOString(),
  ...answer,
  done: true,
  done_reason: reason,
});

/** What would change an instance: an administrator does that at the instance itself. */
const REFUSED = [
  { method: ['POST'], path: '/pull' },
  { method: ['POST'], path: '/push' },
  { method: ['POST'], path: '/create' },
  { method: ['POST'], path: '/copy' },
  { method: ['DELETE'], path: '/delete' },
  { method: ['GET', 'POST'], path: '/blobs/:digest' },
];

/** What each path is asked with, to tell a wrong method from a wrong path. */
const METHODS = new Map([
  ...['tags', 'ps', 'version'].map((path) => [path, 'GET, HEAD'] as const),
  ...['show', 'chat', 'generate', 'embed', 'embeddings'].map((path) => [path, 'POST'] as const),
  ...['pull', 'push', 'create', 'copy'].map((path) => [path, 'POST'] as const),
  ['delete', 'DELETE'],
]);

/**
 * The Ollama API of the gateway, under /api. Every failure has Ollama's shape, those of parsing and routing included.
 */
export async function ollamaRoutes(app: FastifyInstance, options: Options): Promise<void> {
  const { routing, forwarder, fallbackActor, logger } = options;
  bufferBodies(app, options.budget);
  app.setErrorHandler((thrown, request, reply) =>
    sendError(thrown, request, reply, toOllamaError(thrown, request.id), logger),
  );
  app.setNotFoundHandler(answerUnknownRoute);
  // The admin app's route for pages would take these before anything counts as not found.
  app.get('/*', { config: { access: { needs: 'ANYBODY' } } }, answerUnknownRoute);

  const lists = new OllamaModelLists(routing.table, routing.inMemory);
  const list = (reply: FastifyReply, bytes: Buffer) => reply.type('application/json; charset=utf-8').send(bytes);
  app.get('/tags', { config: { access: MODELS, fallbackActor } }, async (request, reply) =>
    list(reply, await lists.tags(request.actor)),
  );
  app.get('/ps', { config: { access: MODELS, fallbackActor } }, async (request, reply) =>
    list(reply, await lists.running(request.actor)),
  );
  app.get('/version', { config: { access: MODELS, fallbackActor } }, () => ({
    version: API_VERSION,
    gateway: `IntraLLM Connections ${options.ownVersion}`,
  }));

  app.post('/show', { config: { access: MODELS, fallbackActor } }, async (request, reply) => {
    const held = bufferedBody(request);
    try {
      const shown = showRequest(held?.bytes ?? null);
      const route = routeOf(options, request.actor, shown.model);
      if (!route.candidates.some(isOllama)) return toShown(route);
      await answerBy(request, reply, options, { path: '/api/show', purpose: 'LOOK' }, (call) => {
        call.nameModel(route.name);
        return forwarder.forward(call, new ShowDialect(shown));
      });
    } finally {
      held?.giveBack();
    }
    return reply;
  });

  for (const [path, route] of Object.entries(FORWARDED)) {
    postRoute(app, {
      url: path,
      config: { access: CHAT, fallbackActor },
      options,
      path: `/api${path}`,
      send: (call) => forwardToModel(call, route, options),
    });
  }

  for (const { method, path } of REFUSED) {
    app.route({
      method,
      url: path,
      config: { access: MODELS, fallbackActor },
      handler: (request) => {
        const held = bufferedBody(request);
        // `ollama run` pulls a name that show does not know: who mistyped it is told so.
        const wanted = path === '/pull' ? nameIn(held?.bytes ?? null) : null;
        held?.giveBack();
        if (wanted !== null) routeOf(options, request.actor, wanted);
        throw new AppError('FORBIDDEN', 'Models are not managed through the gateway. Use the instance itself.');
      },
    });
  }
}

async function forwardToModel(
  call: GatewayCall,
  { translate, streams, nothing }: ModelRoute,
  options: Options,
): Promise<Forwarded> {
  const { actor, path } = call;
  const scanned = await scan(call);
  const route = routeOf(options, actor, scanned.model.value);
  // Now: a translation may be refused, and what only loads a model goes no further.
  call.nameModel(route.name);
  const isStream = streams && !scanned.refusesStream;
  const dialect = new OllamaDialect({
    path,
    scanned,
    isStream,
    budget: options.budget,
    translate: () => translate({ body: scanned.bytes, model: scanned.model.value, isStream }),
  });
  try {
    refuseUnload(dialect, scanned.instance, route, actor);
    if (!route.candidates.some(isOllama) && dialect.translation.loadReason !== null) {
      return answerNothing(nothing(scanned.model.value, dialect.translation.loadReason), call);
    }
    call.noteDropped(scanned.dropped);
    return await options.forwarder.forward(call, dialect);
  } finally {
    dialect.end();
  }
}

async function scan({ body, actor }: GatewayCall): Promise<ReadBody & { readonly model: StringField }> {
  if (body.length === 0) throw new AppError('BAD_USER_INPUT', 'missing request body');
  const scanned = await readBody(body, { isBoundToModels: !Audience.of(actor).seesAll });
  const { model } = scanned;
  if (model === null || model.value === '') {
    throw new AppError('BAD_USER_INPUT', 'model is required', { field: 'model' });
  }
  return { ...scanned, model };
}

/** Throws MODEL_NOT_FOUND. */
function routeOf({ routing }: Options, actor: Actor, name: string): Route {
  const route = routing.table.find(routedName(routing.table, name));
  if (route !== undefined && Audience.of(actor).allows(route.name)) return route;
  throw unknownModel(routing.table, actor, name);
}

/**
 * An empty request with `keep_alive: 0` does nothing else than to unload the model for everybody: left out, it would
 * load it.
 */
function refuseUnload(
  dialect: OllamaDialect,
  fields: readonly InstanceField[],
  { candidates }: Route,
  actor: Actor,
): void {
  const instances = candidates.filter(isOllama);
  if (instances.length === 0 || fields.every(({ name }) => name !== 'keep_alive')) return;
  if (instances.some(({ connection }) => mayKeepAlive(actor, connection)) || !dialect.onlyUnloads) return;
  throw new AppError('FORBIDDEN', 'Others use this model too: unloading it is for those who may manage connections.');
}

/** A model that no Ollama has is always there: nothing is loaded, and no endpoint is asked. */
function answerNothing(told: object, { answerHeaders, answer }: GatewayCall): Forwarded {
  const text = JSON.stringify(told);
  const about = ['content-type', 'application/json; charset=utf-8', 'content-length', String(Buffer.byteLength(text))];
  answer.writeHead(200, [...answerHeaders, ...WHOLE_HEADERS, ...about]).end(text);
  return { connectionId: null, status: 200, outcome: 'complete', attempts: 0, tokens: NO_TOKENS, firstByteMs: null };
}

function answerUnknownRoute(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  bufferedBody(request)?.giveBack();
  const path = request.url.split('?', 1)[0] ?? '';
  const allow = METHODS.get(path.slice('/api/'.length));
  if (allow === undefined) return reply.code(404).send({ error: `Unknown route: ${request.method} ${path}` });
  return reply
    .code(405)
    .header('allow', allow)
    .send({ error: `${path} is asked with ${allow}.` });
}
