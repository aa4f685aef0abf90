import { can, type Actor } from '../auth/actor.js';
import type { Connection } from '../connections/connection.entity.js';
import { AppError } from '../errors.js';
import { firstByteMsOf, idleMsOf } from './outbound-request.js';
import { shortened } from './unknown-model.js';

const seconds = (ms: number): string => `${String(ms / 1_000)} s`;

function limitOf(connection: Connection): string {
  const limit = seconds(firstByteMsOf(connection));
  return connection.firstByteTimeoutMs === null
    ? `${limit}, the default where its connection sets no “First byte within” (firstByteTimeoutMs)`
    : `${limit}, which its connection sets as “First byte within” (firstByteTimeoutMs)`;
}

/**
 * An endpoint accepted the request and did not begin to answer in time. It may still be at work, so nobody is told to send the
 * request again. Those who may see connections, and the log, are told which one.
 */
export function endpointTimeout(connection: Connection, model: string, actor: Actor, tried: number): AppError {
  const about = `the endpoint of the model "${shortened(model)}"`;
  const mayKnow = can(actor, 'CONNECTIONS_READ');
  const who = mayKnow ? `${about} at the connection "${connection.name}"` : about;
  const told = `did not begin to answer within ${limitOf(connection)}. It may still be at work.`;
  const cause = new Error(`the connection ${connection.id} ("${connection.name}") ${told}`);
  const message = `A time-out: ${who} ${told}`;
  return new AppError('ENDPOINT_TIMEOUT', message, { tried }, { cause });
}

/** For the log: why an answer that had begun was broken off. */
export function whyBrokenOff(error: Error, connection: Connection): string {
  if ((error as { code?: unknown }).code !== 'UND_ERR_BODY_TIMEOUT') return 'the endpoint closed the connection';
  const limit = seconds(idleMsOf(connection));
  const setting =
    connection.idleTimeoutMs === null
      ? 'the default of “Silence of at most” (idleTimeoutMs)'
      : 'which its connection sets as “Silence of at most” (idleTimeoutMs)';
  return `the endpoint fell silent for ${limit}, ${setting}`;
}
