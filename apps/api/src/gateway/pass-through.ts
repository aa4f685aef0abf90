import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Dispatcher } from 'undici';
import { responseHeaders } from './forwarded-headers.js';

/** How the answer ended, as far as the transport shows it. */
export type PassOutcome = 'complete' | 'upstream-cut' | 'client-abort';

/**
 * Writes the endpoint's answer to the caller: status, allowed headers, and the bytes as they come, with backpressure. The
 * endpoint's cut becomes a cut here (the socket is destroyed), never a clean end. Resolves when the answer is over.
 */
export async function passThrough(
  upstream: Dispatcher.ResponseData,
  answer: ServerResponse,
  extra: Readonly<Record<string, string>>,
  callerLeft: AbortSignal,
): Promise<PassOutcome> {
  const headers = responseHeaders(upstream.headers);
  const isStream = String(headers['content-type'] ?? '').startsWith('text/event-stream');
  answer.writeHead(upstream.statusCode, {
    ...headers,
    ...extra,
    // Proxies in front of us must not collect or change a stream's frames.
    ...(isStream ? { 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' } : {}),
  });
  // The head travels with the first bytes where they are there already, and does not wait for them where not.
  const flush = setImmediate(() => {
    answer.flushHeaders();
  });
  try {
    await pipeline(upstream.body, answer);
    return 'complete';
  } catch {
    // Both kinds of failure are an outcome here, not an error: the caller hears of a cut by the cut itself.
    answer.destroy();
    return callerLeft.aborted ? 'client-abort' : 'upstream-cut';
  } finally {
    clearImmediate(flush);
  }
}
