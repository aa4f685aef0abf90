import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { anonymous, authorize, type Access, type Actor, type Origin } from '../../auth/actor.js';
import type { Credentials, PresentedCredentials } from '../../auth/credentials/credentials.js';
import type { AnswerExchange, Arrival, Exchange } from '../../auth/exchange.js';
import { AppError, forbidden } from '../../errors.js';
import type { Logger } from '../../log/logger.js';
import type { Addressing } from '../address/addressing.js';
import { hasTwoHosts } from '../arrival/known-hosts.js';
import type { Metrics } from '../metrics.js';
import { readSessionCookie } from '../session-cookie.js';
import { createRequestLog } from './request-log.js';

/** Who may use a route. */
export interface AccessRule {
  /** Undefined: no route has the path, so everybody may be told that. */
  readonly access?: Access;
  /** The actor is looked up although the route is for anybody: its answer depends on the actor. */
  readonly identify?: boolean;
  /** The route answers under every host name: its answer holds nothing that a foreign page may not read. */
  readonly isForAnyHost?: boolean;
  /** A condition under which the route is open to callers without credentials. */
  readonly isOpenTo?: (arrival: Arrival) => boolean;
  /** Who acts for a caller without credentials; null: nobody. An error that it throws refuses the request. */
  readonly fallbackActor?: (arrival: Arrival) => Actor | null;
}

/** What the gate says of a request: the caller may make it, or is refused, or has to be looked up first. */
export type Admission = Admitted | Refused | Unknown;

interface Admitted {
  readonly outcome: 'ADMITTED';
  readonly actor: Actor;
}

export interface Refused {
  readonly outcome: 'REFUSED';
  /** For the caller, in the shape of the route. */
  readonly error: unknown;
  /** The session that the cookie names is over: the answer has to clear the cookie. */
  readonly endsSession: boolean;
}

interface Unknown {
  readonly outcome: 'UNKNOWN';
}

interface GateOptions {
  readonly credentials: Pick<Credentials, 'authenticate' | 'recall'>;
  readonly addressing: Pick<Addressing, 'clientIp' | 'proxies' | 'ownOrigin' | 'hosts'>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Throws for a request that this server has sent itself. */
  readonly judgeHops: ((headers: IncomingHttpHeaders) => void) | undefined;
  /** Is told of each connection on which a valid credential was shown. */
  readonly onKnown: (socket: Socket) => void;
}

const REQUEST_ID = /^[\w.:-]{1,128}$/;
const UNKNOWN: Unknown = { outcome: 'UNKNOWN' };
const UNKNOWN_HOST =
  'This server does not know the name that it was reached by. Use its IP address, or set INTRALLM_PUBLIC_URL to the address that browsers use.';

/**
 * Where every request enters, whichever way it goes on: through Fastify (gate-hook.ts) or past it (direct-routes.ts).
 * The gate names the request, logs it, and decides whether its caller may make it. It also decides what becomes of an
 * error that comes after the head of the answer.
 */
export class Gate {
  readonly #log: ReturnType<typeof createRequestLog>;
  readonly #handedOver = new WeakMap<IncomingMessage, Refused & { readonly id: string }>();
  #isClosing = false;

  constructor(private readonly options: GateOptions) {
    this.#log = createRequestLog(options);
  }

  /** From now on every request is refused with OVERLOADED. */
  close(): void {
    this.#isClosing = true;
  }

  /** Of a request that was handed over, the id under which it was noted. */
  idOf(message: IncomingMessage): string {
    return this.#handedOver.get(message)?.id ?? this.#newId(message);
  }

  clientIp(message: IncomingMessage): string | null {
    return this.options.addressing.clientIp(message);
  }

  arrive(message: IncomingMessage, id = this.#newId(message)): Arrival {
    return { id, clientIp: this.clientIp(message), raw: message };
  }

  /** Logs and measures a request once its answer has ended. `route`: its path with names in place of parameters. */
  note(arrival: Arrival, route: string, answer: ServerResponse): void {
    this.#log(arrival, route, answer);
  }

  /** Decides at once where the caller's credential was looked up a moment ago, or needs no looking up. */
  admit(arrival: Arrival, rule: AccessRule): Admission {
    const { access, identify } = rule;
    const presented = present(arrival.raw);
    try {
      this.#refuseUnfit(arrival.raw, rule);
      if (access === undefined || (access.needs === 'ANYBODY' && identify !== true)) {
        return { outcome: 'ADMITTED', actor: anonymous(originOf(arrival)) };
      }
      if (presented.sessionToken !== undefined) this.options.addressing.ownOrigin.require(arrival.raw);
      const actor = this.options.credentials.recall(presented, originOf(arrival));
      return actor === null ? UNKNOWN : this.#authorize(actor, arrival, rule, access);
    } catch (error) {
      return refusal(error, presented);
    }
  }

  /** Decides for a request of which `admit` said UNKNOWN. */
  async lookUp(arrival: Arrival, rule: AccessRule): Promise<Admitted | Refused> {
    const { access = NEEDS_NOTHING } = rule;
    const presented = present(arrival.raw);
    try {
      const actor = await this.options.credentials.authenticate(presented, originOf(arrival));
      return this.#authorize(actor, arrival, rule, access);
    } catch (error) {
      return refusal(error, presented);
    }
  }

  /**
   * Has `work` write the answer. Rejects with an error of `work` as long as nothing was written. A later error is
   * logged and cuts the answer: a caller can tell that an answer that is cut is not complete.
   */
  answer(exchange: Exchange, work: AnswerExchange): Promise<void> {
    return work(exchange).catch((error: unknown) => {
      const { id: requestId, answer } = exchange;
      if (!answer.headersSent) throw error;
      this.options.logger.error({ err: error, requestId }, 'a request failed while it was answered');
      // An answer whose end was written before the error goes out whole.
      if (!answer.writableEnded) answer.destroy();
    });
  }

  /**
   * Keeps why a request is refused for the route that will tell its caller: it has been noted, and is not judged again.
   */
  handOver({ id, raw }: Pick<Arrival, 'id' | 'raw'>, refused: Refused): void {
    this.#handedOver.set(raw, { ...refused, id });
  }

  /** Undefined: the request was not handed over. */
  handedOver(message: IncomingMessage): Refused | undefined {
    return this.#handedOver.get(message);
  }

  /** A trusted proxy's id where it gives one, so that both logs name the request alike. */
  #newId({ headers, socket }: IncomingMessage): string {
    const given = headers['x-request-id'];
    const isTaken = typeof given === 'string' && REQUEST_ID.test(given);
    return isTaken && this.options.addressing.proxies.trusts(socket.remoteAddress) ? given : randomUUID();
  }

  /** Throws for a request that is refused whoever sends it. */
  #refuseUnfit(message: IncomingMessage, { isForAnyHost }: AccessRule): void {
    if (hasTwoHosts(message)) throw new AppError('BAD_USER_INPUT', 'A request must have one Host header.');
    if (this.#isClosing) throw new AppError('OVERLOADED', 'The server is stopping.', { retryAfterMs: 1_000 });
    const { judgeHops, addressing } = this.options;
    judgeHops?.(message.headers);
    // A page under a foreign name may be anybody's, and acts from wherever its browser is. A caller with a token is no
    // page.
    const isPage = isForAnyHost !== true && message.headers.authorization === undefined;
    if (isPage && !addressing.hosts.isAskedByName(message)) throw forbidden(UNKNOWN_HOST);
  }

  /** Throws where the actor may not use the route. */
  #authorize(identified: Actor, arrival: Arrival, { fallbackActor, isOpenTo }: AccessRule, access: Access): Admitted {
    const actor = identified.type === 'anonymous' ? (fallbackActor?.(arrival) ?? identified) : identified;
    if (actor.type !== 'anonymous') this.options.onKnown(arrival.raw.socket);
    if (actor.type !== 'anonymous' || isOpenTo?.(arrival) !== true) authorize(actor, access);
    return { outcome: 'ADMITTED', actor };
  }
}

const NEEDS_NOTHING: Access = { needs: 'ANYBODY' };

const originOf = ({ id, clientIp }: Arrival): Origin => ({ ip: clientIp, requestId: id });

/** A cookie does not count beside an Authorization header, also where that is not valid. */
function present({ headers: { authorization, cookie }, socket }: IncomingMessage): PresentedCredentials {
  const sessionToken = authorization === undefined ? readSessionCookie(cookie) : undefined;
  return { authorization, sessionToken, socket };
}

function refusal(error: unknown, { sessionToken = '' }: PresentedCredentials): Refused {
  // Scripts cannot remove the cookie: a session that is over would keep its browser from signing in.
  const endsSession = sessionToken !== '' && error instanceof AppError && error.code === 'UNAUTHENTICATED';
  return { outcome: 'REFUSED', error, endsSession };
}
