// undici parses an answer as strictly as its parser does, and in three places more strictly than HTTP: it takes an
// unasked "100 Continue" for the end of the connection, counts the body of an answer that has none, and says of any
// error in a head that the body was too short. It has no setting for them, so its parser is corrected where it is put
// on a new socket. A test fails where a newer undici does not let itself be corrected in this way.
import type { Socket } from 'node:net';
import undiciSymbols from 'undici/lib/core/symbols.js';
import { OutboundError, problem } from './outbound-error.js';

/** What of undici's parser is used here. */
interface AnswerParser {
  readonly socket: Socket;
  /** Of the answer under way; 0 before its head is complete. */
  readonly statusCode: number;
  contentLength: string;
  timeout: unknown;
  onHeadersComplete: (status: number, isUpgrade: boolean, shouldKeepAlive: boolean) => number;
  createError: (code: number, data: Buffer) => Error;
}

/** RFC 9110, section 15.2: whoever reads answers passes over all of these but one. */
const SWITCHING_PROTOCOLS = 101;
/** An interim answer that undici passes over. */
const EARLY_HINTS = 103;
/**
 * Before one answer. A server that is at work says so every few seconds; one that does nothing else keeps a core busy.
 */
const MOST_INTERIM = 1_000;
/** What undici's parser is told to stop. */
const STOP = -1;
/** Sections 15.3.5, 15.3.6 and 15.4.5: what follows such a head is no part of the answer, whatever length it states. */
const WITHOUT_BODY = new Set([204, 205, 304]);

/** Has undici read answers on this new socket as HTTP has them. To be called before undici is given the socket. */
export function readAsHttp(socket: Socket): void {
  const { kParser } = undiciSymbols;
  Object.defineProperty(socket, kParser, {
    configurable: true,
    enumerable: true,
    get: () => undefined,
    set: (parser: AnswerParser) => {
      Object.defineProperty(socket, kParser, { configurable: true, enumerable: true, writable: true, value: parser });
      correct(parser);
    },
  });
}

function correct(parser: AnswerParser): void {
  const { onHeadersComplete, createError } = parser;
  let interim = 0;
  parser.onHeadersComplete = (status, isUpgrade, shouldKeepAlive) => {
    if (status === SWITCHING_PROTOCOLS) return refuse(parser, 'switched to another protocol, which nobody asked for');
    if (status < 200) {
      interim += 1;
      if (interim > MOST_INTERIM) return refuse(parser, 'sends one interim answer after the other, and no last one');
      return passOver(parser, () => onHeadersComplete.call(parser, EARLY_HINTS, false, true));
    }
    interim = 0;
    if (!WITHOUT_BODY.has(status)) return onHeadersComplete.call(parser, status, isUpgrade, shouldKeepAlive);
    // A body that comes all the same would be read as the beginning of the next answer on this connection.
    const hasBody = parser.contentLength !== '' && parser.contentLength !== '0';
    if (status !== 205) parser.contentLength = '';
    return onHeadersComplete.call(parser, status, isUpgrade, shouldKeepAlive && !(hasBody && status === 204));
  };
  parser.createError = (code, data) => {
    // The length of the body says nothing of an error in the head.
    if (parser.statusCode === 0) parser.contentLength = '';
    return createError.call(parser, code, data);
  };
}

/** The wait for the answer goes on, and does not begin anew: `read` would have undici start its clock again. */
function passOver(parser: AnswerParser, read: () => number): number {
  const { timeout } = parser;
  parser.timeout = null;
  try {
    return read();
  } finally {
    parser.timeout = timeout;
  }
}

function refuse({ socket }: AnswerParser, what: string): number {
  const failure = problem('UNEXPECTED_SHAPE', `The endpoint ${what}.`, 'Is this the URL of a model server?');
  socket.destroy(new OutboundError('ANSWER', failure));
  return STOP;
}
