import type { Check, CheckStage, Endpoint, EndpointKind, Problem, Provider } from '@intrallm/providers';
import type { Clock } from '../../clock.js';
import type { Connection } from '../../connections/connection.entity.js';
import type { Logger } from '../../log/logger.js';

/** Gives what is needed to talk to a connection's endpoint, or the reason why its secrets cannot be read. */
export interface EndpointOpener {
  open(connection: Connection): Promise<{ readonly endpoint: Endpoint } | { readonly problem: Problem }>;
}

/** An adapter ends a check by itself; this much later it is ended for it. */
const GRACE_MS = 1_000;
const STAGES: readonly CheckStage[] = ['ADDRESS', 'CONNECT', 'TLS', 'AUTH', 'CATALOGUE'];

interface Options {
  readonly opener: EndpointOpener;
  readonly providers: Readonly<Record<EndpointKind, Provider>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly deadlineMs: number;
}

/** Runs one check of one connection. */
export class CheckRunner {
  constructor(private readonly options: Options) {}

  /**
   * Gives what the endpoint showed, within the deadline whatever the adapter does. An adapter that throws is a failed
   * check. Rejects with the signal's reason when aborted, and where the secrets could not be looked up.
   */
  async run(connection: Connection, signal: AbortSignal): Promise<Check> {
    const opened = await this.options.opener.open(connection);
    signal.throwIfAborted();
    if ('problem' in opened) return failedCheck(opened.problem);
    return this.#check(opened.endpoint, connection, signal);
  }

  async #check(endpoint: Endpoint, connection: Connection, signal: AbortSignal): Promise<Check> {
    const { providers, clock, logger, deadlineMs } = this.options;
    const ending = new AbortController();
    const whenEnded = new Promise<never>((_resolve, reject) => {
      ending.signal.addEventListener('abort', () => reject(ending.signal.reason as Error), { once: true });
    });
    const timeout = new Error('the adapter overran the deadline of a check');
    const stopTimer = clock.after(deadlineMs + GRACE_MS, () => ending.abort(timeout));
    const passOn = (): void => ending.abort(signal.reason);
    signal.addEventListener('abort', passOn, { once: true });
    try {
      const check = providers[endpoint.kind].check(endpoint, { signal: ending.signal, timeoutMs: deadlineMs });
      return await Promise.race([check, whenEnded]);
    } catch (error) {
      signal.throwIfAborted();
      if (error === timeout) return failedCheck(timedOut(deadlineMs));
      logger.error({ err: error, connectionId: connection.id }, 'an adapter failed during a check');
      return failedCheck({
        code: 'OTHER',
        message: 'The check failed for a reason of its own.',
        hint: null,
        httpStatus: null,
      });
    } finally {
      stopTimer();
      signal.removeEventListener('abort', passOn);
    }
  }
}

function timedOut(deadlineMs: number): Problem {
  const message = `The endpoint did not answer within ${Math.round(deadlineMs / 1000)} s.`;
  return { code: 'TIMEOUT', message, hint: null, httpStatus: null };
}

function failedCheck(problem: Problem): Check {
  return {
    status: 'OFFLINE',
    latencyMs: null,
    stages: STAGES.map((stage) => ({ stage, state: 'SKIPPED', detail: null, ms: null, problem: null })),
    problem,
    models: null,
    serverVersion: null,
    retryAfterMs: null,
  };
}
