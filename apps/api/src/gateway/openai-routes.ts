import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Access, Actor } from '../auth/actor.js';
import type { Logger } from '../logger.js';
import type { BodyBudget } from './body-budget.js';
import type { ChatService } from './chat.service.js';
import { holdBody, type HeldBody } from './held-body.js';
import { mayUseModel } from './model-allowlist.js';
import { toOpenaiError } from './openai-error.js';
import { passThrough } from './pass-through.js';
import type { RoutingService } from './routing.service.js';

/** Largest request body: enough for several images. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

interface Options {
  readonly chat: ChatService;
  readonly routing: RoutingService;
  readonly budget: BodyBudget;
  readonly logger: Logger;
}

const MODELS: Access = { needs: 'MODELS_READ' };
const CHAT: Access = { needs: 'CHAT' };

/** The OpenAI API of the gateway, under /v1. Every failure has OpenAI's shape, those of parsing and routing included. */
export async function openaiRoutes(app: FastifyInstance, options: Options): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { bodyLimit: MAX_BODY_BYTES }, (_request: FastifyRequest, payload: Readable) =>
    holdBody(payload, options.budget, MAX_BODY_BYTES),
  );
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, options.logger));
  app.setNotFoundHandler(answerUnknownRoute);
  // The admin app's route for pages would take these before anything counts as not found.
  app.get('/*', { config: { access: { needs: 'ANYBODY' } } }, answerUnknownRoute);

  app.get('/models', { config: { access: MODELS } }, (request) => {
    const routes = options.routing.table.routes.filter((route) => mayUseModel(request.actor, route.name));
    const data = routes.map((route) => ({
      id: route.name,
      object: 'model',
      created: route.created,
      owned_by: route.ownedBy ?? 'intrallm',
    }));
    return { object: 'list', data };
  });

  app.post('/chat/completions', { config: { access: CHAT } }, async (request, reply) => {
    await answerChat(request, reply, request.actor, options);
    return reply;
  });
}

function answerUnknownRoute(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  heldBody(request)?.giveBack();
  return reply.code(404).send({
    error: {
      message: `Unknown route: ${request.method} ${request.url.split('?', 1)[0] ?? ''}`,
      type: 'invalid_request_error',
      param: null,
      code: 'unknown_url',
    },
  });
}

/** What the parser of this plug-in made of the body; undefined where there was none. */
const heldBody = (request: FastifyRequest): HeldBody | undefined => request.body as HeldBody | undefined;

async function answerChat(request: FastifyRequest, reply: FastifyReply, actor: Actor, options: Options): Promise<void> {
  const startedAt = performance.now();
  const held = heldBody(request);
  const body = held?.bytes ?? Buffer.alloc(0);
  const left = new AbortController();
  const onClose = (): void => {
    if (!reply.raw.writableFinished) left.abort(new Error('the caller went away'));
  };
  reply.raw.once('close', onClose);
  try {
    const sentAt = performance.now();
    const { headers } = request;
    const answer = await options.chat.send({ path: '/chat/completions', headers, body, actor, signal: left.signal });
    reply.hijack();
    const overheadMs = sentAt - startedAt;
    const extra = {
      // Those that every answer of ours carries: what an endpoint says of them is about pages of its own.
      ...(reply.getHeaders() as Record<string, string>),
      'x-request-id': request.id,
      'x-intrallm-connection': answer.connectionId,
      'x-intrallm-overhead-ms': overheadMs.toFixed(2),
    };
    const outcome = await passThrough(answer.response, reply.raw, extra, left.signal);
    options.logger.debug({ outcome, connectionId: answer.connectionId, requestId: request.id }, 'a chat request ended');
  } catch (error) {
    // Nobody is left to be told.
    if (left.signal.aborted) reply.hijack();
    else throw error;
  } finally {
    reply.raw.off('close', onClose);
    held?.giveBack();
  }
}

function answerError(thrown: unknown, request: FastifyRequest, reply: FastifyReply, logger: Logger): FastifyReply {
  const { status, body, retryAfterSeconds } = ownError(thrown) ?? toOpenaiError(thrown, request.id);
  if (status >= 500) logger.warn({ err: thrown, requestId: request.id }, 'a gateway request failed');
  if (retryAfterSeconds !== null) void reply.header('retry-after', String(retryAfterSeconds));
  return reply.code(status).header('x-request-id', request.id).send(body);
}

/** Fastify's own refusals, such as a body over the limit. */
function ownError(thrown: unknown): ReturnType<typeof toOpenaiError> | null {
  const { code, statusCode } = thrown as { code?: unknown; statusCode?: unknown };
  if (typeof code !== 'string' || !code.startsWith('FST_') || typeof statusCode !== 'number') return null;
  const isTooLarge = code === 'FST_ERR_CTP_BODY_TOO_LARGE';
  const message = isTooLarge
    ? `The body is larger than ${String(MAX_BODY_BYTES)} bytes.`
    : 'The request is not usable.';
  const error = {
    message,
    type: 'invalid_request_error',
    param: null,
    code: isTooLarge ? 'body_too_large' : 'bad_request',
  };
  return { status: statusCode, body: { error }, retryAfterSeconds: null };
}
