import { errors } from 'undici';
import type { Problem } from '../provider.js';
import { formatSeconds, hostAndPort, targetOf } from './connect-problem.js';
import { errorCode, OutboundError, problem } from './outbound-error.js';

const TLS_ALERT = 0x15;

/** A redirect, which is never followed: what it names could be anywhere, and the key would travel along. */
export function redirectError(url: URL, status: number, location: string | undefined): OutboundError {
  const target = location !== undefined && URL.canParse(location, url.href) ? new URL(location, url) : null;
  const place = target ? `${target.origin}${target.pathname}` : 'another place';
  const hint = target ? redirectHint(url, target) : 'Enter the address behind the redirect.';
  return new OutboundError('ANSWER', {
    ...problem('REDIRECTED', `${url.origin}${url.pathname} redirects to ${place}. Redirects are not followed.`, hint),
    httpStatus: status,
  });
}

export function totalTimeout(url: URL, totalMs: number, hasHead: boolean): OutboundError {
  const where = hostAndPort(targetOf(url));
  if (!hasHead) return firstByteTimeout(where, totalMs);
  return new OutboundError(
    'ANSWER',
    problem(
      'TIMEOUT',
      `${where} did not finish its answer within ${formatSeconds(totalMs)}.`,
      'The server may be overloaded or hang.',
    ),
  );
}

/** Turns what undici threw after the connection stood into a problem an administrator can act on. */
export function answerError(
  url: URL,
  deadlines: { firstByteMs: number; idleMs: number },
  cause: unknown,
): OutboundError {
  if (cause instanceof OutboundError) return cause;
  const where = hostAndPort(targetOf(url));
  const fail = (...words: Parameters<typeof problem>) => new OutboundError('ANSWER', problem(...words), { cause });
  const code = errorCode(cause);
  switch (code) {
    case 'UND_ERR_HEADERS_TIMEOUT':
      return firstByteTimeout(where, deadlines.firstByteMs, cause);
    case 'UND_ERR_BODY_TIMEOUT':
      return fail(
        'TIMEOUT',
        `${where} fell silent in the middle of its answer for ${formatSeconds(deadlines.idleMs)}.`,
        'The server may be overloaded or hang.',
      );
    case 'UND_ERR_HEADERS_OVERFLOW':
      return fail(
        'TOO_LARGE',
        `The headers of the answer from ${where} are too large.`,
        'Is this the URL of a model server?',
      );
    case 'UND_ERR_SOCKET':
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
    case 'UND_ERR_ABORTED':
      return fail('CONNECTION_RESET', `${where} closed the connection before its answer was complete.`, resetHint(url));
    case 'UND_ERR_INVALID_ARG':
      return fail(
        'OTHER',
        `The request to ${where} could not be made: a header or the URL is not allowed.`,
        'Check the extra headers and the key for characters that a header cannot hold.',
      );
    default:
      if (cause instanceof errors.HTTPParserError) {
        return isTlsAlert(cause)
          ? fail('TLS', `${where} speaks TLS.`, 'Write https:// in the URL.')
          : notHttp(where, cause);
      }
      return fail('OTHER', `The request to ${where} failed${code ? ` (${code})` : ''}.`);
  }
}

function firstByteTimeout(where: string, timeoutMs: number, cause?: unknown): OutboundError {
  const message = `No answer from ${where} within ${formatSeconds(timeoutMs)}.`;
  const hint = 'It accepts connections but does not answer: it may be overloaded or hang.';
  return new OutboundError('ANSWER', problem('TIMEOUT', message, hint), { cause });
}

function redirectHint(from: URL, to: URL): string {
  if (from.href === to.href) return 'It redirects to itself: look into the configuration of the endpoint.';
  if (from.protocol === 'http:' && to.protocol === 'https:' && from.hostname === to.hostname)
    return 'Write https:// in the URL.';
  if (/log-?in|sign-?in|auth|sso/i.test(to.pathname))
    return 'This is a sign-in page: the endpoint stands behind a proxy that wants people, not keys.';
  const base = to.pathname.replace(/\/(models|api\/tags|api\/version)\/?$/, '');
  return `Enter ${to.origin}${base === '/' ? '' : base} instead, if you trust it.`;
}

function resetHint(url: URL): string {
  return url.protocol === 'http:'
    ? 'The server crashed, restarted, or speaks https there: try https:// in the URL.'
    : 'The server crashed or restarted, or something between cut the connection.';
}

function notHttp(where: string, cause: Error): OutboundError {
  const { message, hint } = parseProblem(`What answers at ${where}`, cause);
  return new OutboundError('ANSWER', problem('UNEXPECTED_SHAPE', message, hint), { cause });
}

/** What undici could not read, told of a server; `who` as the subject of a sentence. */
function parseProblem(who: string, cause: Error): { readonly message: string; readonly hint: string } {
  const [, reason] = /\((.+)\)$/.exec(cause.message) ?? [];
  if (reason === undefined) return { message: `${who} does not speak HTTP.`, hint: 'Check the port.' };
  if (/content-length/i.test(reason) && /transfer-encoding/i.test(reason)) {
    return {
      message: `${who} states the length of its answer in two ways, Content-Length beside Transfer-Encoding, which HTTP forbids.`,
      hint: 'Look into the server, or the proxy before it, that adds one of these headers.',
    };
  }
  return {
    message: `${who} does not speak HTTP as it should: ${reason}.`,
    hint: 'Check the port, and the proxy before it.',
  };
}

/** Of a request whose answer an endpoint began and that could not be read; null: the error says something else. */
export function unreadableAnswer(cause: Error): Problem | null {
  if (errorCode(cause) === 'UND_ERR_HEADERS_OVERFLOW') {
    return problem('TOO_LARGE', 'The headers of the endpoint’s answer are too large.');
  }
  if (!(cause instanceof errors.HTTPParserError)) return null;
  if (isTlsAlert(cause)) return problem('TLS', 'The endpoint speaks TLS.', 'Write https:// in the URL.');
  const { message, hint } = parseProblem('The endpoint', cause);
  return problem('UNEXPECTED_SHAPE', message, hint);
}

// A TLS server answers a plain request with an alert record (RFC 8446, section 5.1), which the parser keeps as `data`.
function isTlsAlert(cause: unknown): boolean {
  if (typeof cause !== 'object' || cause === null || !('data' in cause)) return false;
  const { data } = cause;
  const first = typeof data === 'string' ? data.charCodeAt(0) : Buffer.isBuffer(data) ? data[0] : undefined;
  return first === TLS_ALERT;
}
