import { can, type Actor } from '../../auth/actor.js';
import type { Connection } from '../../connections/connection.entity.js';
import { AppError } from '../../errors.js';
import { shortened } from '../routing/unknown-model.js';
import { firstByteMsOf, idleMsOf } from './outbound-request.js';

/** A limit in words: how long, and which setting it is from. */
function limitOf(ms: number, set: number | null, setting: string): string {
  const seconds = `${String(ms / 1_000)} s`;
  return set === null
    ? `${seconds}, the default where its connection sets no ${setting}`
    : `${seconds}, which its connection sets as ${setting}`;
}

const firstByteLimit = (connection: Connection): string =>
  limitOf(firstByteMsOf(connection), connection.firstByteTimeoutMs, '“First byte within” (firstByteTimeoutMs)');

const silenceLimit = (connection: Connection): string =>
  limitOf(idleMsOf(connection), connection.idleTimeoutMs, '“Silence of at most” (idleTimeoutMs)');

/** The request of which an endpoint was late. */
interface Late {
  readonly model: string;
  readonly actor: Actor;
}

/** An endpoint accepted the request and did not begin to answer in time. `tried`: endpoints that were asked. */
export const endpointTimeout = (connection: Connection, late: Late, tried: number): AppError =>
  timeoutError(connection, late, `did not begin to answer within ${firstByteLimit(connection)}`, tried);

/** An endpoint began to answer and then fell silent, before anything of its answer went to the caller. */
export const endpointSilence = (connection: Connection, late: Late): AppError =>
  timeoutError(connection, late, `fell silent in the middle of its answer for ${silenceLimit(connection)}`, 1);

/**
 * The endpoint may still be at work, so nobody is told to send the request again. Those who may see connections, and
 * the log, are told which one it is.
 */
function timeoutError(connection: Connection, { model, actor }: Late, what: string, tried: number): AppError {
  const about = `the endpoint of the model "${shortened(model)}"`;
  const who = can(actor, 'CONNECTIONS_READ') ? `${about} at the connection "${connection.name}"` : about;
  const cause = new Error(`the connection ${connection.id} ("${connection.name}") ${what}`);
  const message = `A time-out: ${who} ${what}. It may still be at work.`;
  return new AppError('ENDPOINT_TIMEOUT', message, { tried }, { cause });
}

/** Nothing came of an answer for too long. */
export const isSilence = (error: Error | undefined): boolean =>
  (error as { code?: unknown } | undefined)?.code === 'UND_ERR_BODY_TIMEOUT';

/** For the log: why an answer that had begun was broken off. */
export const whyBrokenOff = (error: Error, connection: Connection): string =>
  isSilence(error)
    ? `the endpoint fell silent for ${silenceLimit(connection)}`
    : `the connection to the endpoint ended: ${error.message}`;
