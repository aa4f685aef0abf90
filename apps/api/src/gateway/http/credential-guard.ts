import { OPEN_NETWORK, type Actor } from '../../auth/actor.js';
import type { CredentialEnd } from '../../auth/credentials/credential-watch.js';
import type { Exchange } from '../../auth/exchange.js';
import type { Logger } from '../../log/logger.js';

/** Calls back once when the credential of an actor ends; gives the function that stops watching. */
export type WatchCredential = (actor: Actor, onEnd: (end: CredentialEnd) => void) => () => void;

interface Guards {
  readonly watch: WatchCredential;
  readonly logger: Logger;
}

/**
 * Runs `work`, which writes the answer of an exchange, and cuts the answer when the caller's credential ends before it
 * does.
 */
export async function cutWithCredential(
  { id: requestId, actor, answer }: Exchange,
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
  } finally {
    stop?.();
  }
}

/** Clients of an open network present no credential. */
const hasCredential = (actor: Actor): boolean =>
  actor.type === 'person' || (actor.type === 'token' && actor.tokenId !== OPEN_NETWORK);
