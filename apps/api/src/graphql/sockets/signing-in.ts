import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Actor } from '../../auth/actor.js';
import type { CredentialEnd } from '../../auth/credentials/credential-watch.js';
import { AppError } from '../../errors.js';
import type { Logger } from '../../log/logger.js';
import { formatGraphqlError, originalError } from '../errors.js';
import { CLOSE, type Socket } from './socket.js';

interface SocketCredential {
  readonly authorization: string | undefined;
  readonly cookie: string | undefined;
  readonly ip: string | null;
  readonly requestId: string;
}

export interface SigningIn {
  readonly logger: Logger;
  /** Gives the actor; throws UNAUTHENTICATED for a credential that is presented and not valid. */
  readonly authenticate: (credential: SocketCredential) => Promise<Actor>;
  /** Whether a request that carries a cookie comes from our own Origin. */
  readonly isOwnOrigin: (request: IncomingMessage) => boolean;
  /** Calls back when the credential of the actor ends; gives the function that stops listening. */
  readonly onCredentialEnd: (actor: Actor, ended: (end: CredentialEnd) => void) => () => void;
  readonly clientIp: (request: IncomingMessage) => string | null;
  /** Is told of each handshake whose credential is valid. */
  readonly onKnown: (request: IncomingMessage) => void;
}

/**
 * Finds out who opened the socket, and closes it when that credential ends. False: the client showed no valid
 * credential, and the socket is closed with the reason.
 */
export async function signIn(socket: Socket, options: SigningIn): Promise<boolean> {
  const { request, socket: wire } = socket.extra;
  const requestId = randomUUID();
  try {
    const actor = await options.authenticate(presented(socket, requestId, options));
    if (actor.type === 'anonymous') throw new AppError('UNAUTHENTICATED', 'Sign in to subscribe.');
    options.onKnown(request);
    const stopListening = options.onCredentialEnd(actor, (end) => {
      if (end === 'REVOKED') wire.close(CLOSE.REVOKED, 'The credential was revoked.');
      else wire.close(CLOSE.INVALID, 'The credential has expired.');
    });
    socket.extra.opened = { actor, requestId, stopListening };
    // A socket that closed meanwhile is not reported again.
    if (wire.readyState !== wire.OPEN) stopListening();
    return true;
  } catch (error) {
    const formatted = formatGraphqlError(error, requestId, options.logger);
    const original = originalError(error);
    // Such an error says nothing of the credential: the client may show it again.
    const isTrouble = original instanceof AppError && (original.rule.failsRequest || original.code === 'RATE_LIMITED');
    wire.close(isTrouble ? CLOSE.TOO_SLOW : CLOSE.INVALID, formatted.message.slice(0, 120));
    return false;
  }
}

/** Throws FORBIDDEN for the session of a browser that shows a page of another address. */
function presented(
  { connectionParams, extra: { request } }: Socket,
  requestId: string,
  { isOwnOrigin, clientIp }: SigningIn,
): SocketCredential {
  const given = connectionParams?.authorization ?? request.headers.authorization;
  // A value that is no text is a credential as well, and never valid: the cookie does not stand in for it.
  const authorization = given === undefined || typeof given === 'string' ? given : '';
  const cookie = authorization === undefined ? request.headers.cookie : undefined;
  if (cookie !== undefined && !isOwnOrigin(request)) {
    throw new AppError('FORBIDDEN', 'A session counts only with our own address as Origin. Programs use an API token.');
  }
  return { authorization, cookie, ip: clientIp(request), requestId };
}
