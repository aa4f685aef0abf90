import type { ServerResponse } from 'node:http';
import { OPEN_NETWORK, type Actor } from '../../auth/actor.js';
import type { CredentialEnd } from '../../auth/credentials/credential-watch.js';
import type { Logger } from '../../log/logger.js';

/** Tells once when the credential of an actor ends; gives the function that stops watching. */
export type WatchCredential = (actor: Actor, onEnd: (end: CredentialEnd) => void) => () => void;

interface Guarded {
  readonly id: string;
  readonly actor: Actor;
  readonly answer: ServerResponse;
}

interface Guards {
  readonly watch: WatchCredential;
  readonly logger: Logger;
}

/**
 * Runs `work`, which answers a request of the gateway. The answer is cut when the caller's credential ends before it does, and
 * when `work` fails after the head was written: it is too late for words then, and an answer that is cut is known to be none.
 * Rejects with what `work` threw while nothing was written.
 */
export async function guardAnswer(
  { id: requestId, actor, answer }: Guarded,
  { watch, logger }: Guards,
  work: () => Promise<void>,
): Promise<void> {
  const stop = hasCredential(actor)
    ? watch(actor, (end) => {
        logger.info({ requestId, end }, 'a request was cut because the credential of its caller ended');
        answer.destroy();
      })
    : null;
  try {
    await work();
  } catch (error) {
    if (!answer.headersSent) throw error;
    logger.error({ err: error, requestId }, 'a request failed while it was answered');
    // One that has its end already goes out whole.
    if (!answer.writableEnded) answer.destroy();
  } finally {
    stop?.();
  }
}

/** Clients of an open network present none. */
const hasCredential = (actor: Actor): boolean =>
  actor.type === 'person' || (actor.type === 'token' && actor.tokenId !== OPEN_NETWORK);
