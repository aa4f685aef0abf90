import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { DirectAnswers, DirectRoute, Exchange } from '../../auth/exchange.js';
import { AppError } from '../../errors.js';
import type { Logger } from '../../log/logger.js';
import type { Purpose, RequestAccounts } from '../accounting/request-accounting.js';
import type { TokenLimits } from '../accounting/token-limits.js';
import { decodedBody } from '../body/content-coding.js';
import type { Forwarded } from '../forwarding/forwarded.js';
import type { Forwarder } from '../forwarding/forwarder.js';
import { GatewayCall } from '../forwarding/gateway-call.js';
import type { RoutingService } from '../routing/routing.service.js';
import type { BodyBudget } from './body-budget.js';
import { bufferBody, type BufferedBody } from './buffered-body.js';
import { cutWithCredential, type WatchCredential } from './credential-guard.js';

/** Largest request body: enough for several images. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** What the routes of either API need. */
export interface GatewayRouteOptions {
  readonly forwarder: Forwarder;
  readonly routing: RoutingService;
  readonly budget: BodyBudget;
  readonly limits: TokenLimits;
  readonly accounts: RequestAccounts;
  readonly logger: Logger;
  readonly direct: DirectAnswers;
  readonly watch: WatchCredential;
}

/** Holds every body of the plug-in in memory, whatever type its header states. */
export function bufferBodies(app: FastifyInstance, budget: BodyBudget): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    '*',
    { bodyLimit: MAX_BODY_BYTES },
    async (_request: FastifyRequest, payload: IncomingMessage) => hold(payload, budget),
  );
}

/** Throws, or rejects with, the error that the sender is to be told. */
function hold(payload: IncomingMessage, budget: BodyBudget): Promise<BufferedBody> {
  const body = decodedBody(payload);
  const stated = body === payload ? payload.headers['content-length'] : undefined;
  return bufferBody(body, {
    budget,
    maxBytes: MAX_BODY_BYTES,
    statedBytes: stated === undefined ? null : Number(stated),
  });
}

/** The body as the parser of the plug-in read it; undefined when there was none, and for a form. */
export const bufferedBody = (request: FastifyRequest): BufferedBody | undefined =>
  request.body instanceof Readable ? undefined : (request.body as BufferedBody | undefined);

/** An error in the shape of one API. */
interface ToldError {
  readonly status: number;
  readonly body: object;
  /** Whole seconds for Retry-After; null: the answer has no such header. */
  readonly retryAfterSeconds: number | null;
}

/** Answers with an error in the shape of any API, and logs what was thrown if it is a fault of the server. */
export function sendError(
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { status, body, retryAfterSeconds }: ToldError,
  logger: Logger,
): FastifyReply {
  if (status >= 500) logger.warn({ err: thrown, requestId: request.id }, 'a gateway request failed');
  if (retryAfterSeconds !== null) void reply.header('retry-after', String(retryAfterSeconds));
  if (thrown instanceof AppError && mustNotRetry(thrown)) void reply.header('x-should-retry', 'false');
  return reply.code(status).header('x-request-id', request.id).send(body);
}

/**
 * Official clients retry by themselves. Each retry would repeat all attempts that we have made already, or give the
 * same work to an endpoint that is too slow for it.
 */
const mustNotRetry = ({ code, details }: AppError): boolean =>
  code === 'ENDPOINT_TIMEOUT' || code === 'LOOP' || (details.tried ?? 0) > 1;

interface PostRoute extends Pick<DirectRoute, 'url' | 'config'> {
  readonly options: GatewayRouteOptions;
  /** See `GatewayCall`. */
  readonly path: string;
  readonly send: (call: GatewayCall) => Promise<Forwarded>;
}

const FORM = /^\s*multipart\/form-data\s*(?:;|$)/i;
const NO_BYTES = Buffer.alloc(0);

/** A route that reads the body by itself: most requests to models come by one of these. */
export function postRoute(app: FastifyInstance, { url, config, options, path, send }: PostRoute): void {
  const read = async (exchange: Exchange): Promise<void> => {
    const { raw, answer } = exchange;
    if (FORM.test(raw.headers['content-type'] ?? '')) {
      await answerHeld(undefined, exchange, options, { path }, refuseForm);
      return;
    }
    let held: BufferedBody;
    try {
      held = await hold(raw, options.budget);
    } catch (error) {
      // The rest of a body that is too long is not waited for.
      answer.setHeader('connection', 'close');
      throw error;
    }
    await answerHeld(held, exchange, options, { path }, send);
  };
  const handle = (exchange: Exchange) => cutWithCredential(exchange, options, () => read(exchange));
  options.direct.post(app, { url, config, handle });
}

const refuseForm = (): never => {
  throw new AppError('UNSUPPORTED_TYPE', 'The body must be application/json.');
};

interface About {
  /** See `GatewayCall`. */
  readonly path: string;
  /** Default: POST. */
  readonly method?: GatewayCall['method'];
  /** Default: the request is for a model. */
  readonly purpose?: Purpose;
}

/**
 * Has `send` write the answer of another route. What the request took of limits and budgets is given back at its end.
 */
export async function answerBy(
  request: FastifyRequest,
  reply: FastifyReply,
  options: GatewayRouteOptions,
  about: About,
  send: (call: GatewayCall) => Promise<Forwarded>,
): Promise<void> {
  await options.direct.answer(request, reply, (exchange) =>
    cutWithCredential(exchange, options, () => answerHeld(bufferedBody(request), exchange, options, about, send)),
  );
}

async function answerHeld(
  held: BufferedBody | undefined,
  exchange: Exchange,
  options: GatewayRouteOptions,
  { path, method = 'POST', purpose = 'MODEL' }: About,
  send: (call: GatewayCall) => Promise<Forwarded>,
): Promise<void> {
  const { id: requestId, actor } = exchange;
  let leave: (() => void) | null = null;
  const account = options.accounts.open(actor, purpose);
  let ended: Forwarded;
  try {
    leave = options.limits.enter(actor);
    const body = held?.bytes ?? NO_BYTES;
    ended = await send(new GatewayCall(exchange, { method, path, body, account }));
  } catch (error) {
    account.rejected();
    throw error;
  } finally {
    leave?.();
    held?.giveBack();
  }
  account.ended(ended);
  const { logger } = options;
  if (ended.brokenOff !== undefined) {
    const { connectionId, brokenOff } = ended;
    logger.warn({ requestId, connectionId, why: brokenOff }, 'an endpoint did not finish its answer');
  }
  if (logger.isLevelEnabled('debug')) {
    logger.debug({ ...ended, requestId, userAgent: exchange.raw.headers['user-agent'] }, 'a gateway request ended');
  }
}
