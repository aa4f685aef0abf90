import type { IncomingMessage, Server } from 'node:http';

/** Most requests do not match: only the others are looked at more closely. */
const UNTIDY = /\/\/|\/(?:\?|$)/;
const OF_AN_API = /^\/+(?:v1|api)(?:\/|$)/;
/** The name of a model may have any number of slashes in it. */
const OF_A_MODEL = /^\/+v1\/+models\/+(?=[^/])/;

/**
 * Removes doubled slashes and slashes at the end from the paths of the two APIs: many clients join a base URL that ends
 * with a slash to a path that begins with one. It stands in front of the listeners that the server has when this is
 * called.
 */
export function tidyTargets(server: Server): void {
  server.prependListener('request', (message: IncomingMessage) => {
    const { url = '' } = message;
    if (UNTIDY.test(url)) message.url = tidied(url);
  });
}

export function tidied(url: string): string {
  const query = url.indexOf('?');
  const path = query === -1 ? url : url.slice(0, query);
  if (!OF_AN_API.test(path)) return url;
  const [prefix = ''] = OF_A_MODEL.exec(path) ?? [];
  const rest = prefix === '' ? path.replace(/\/{2,}/g, '/') : `/v1/models/${path.slice(prefix.length)}`;
  return withoutSlashAtEnd(rest) + (query === -1 ? '' : url.slice(query));
}

/** By hand, because a regular expression takes quadratic time for a path of nothing but slashes. */
function withoutSlashAtEnd(path: string): string {
  let end = path.length;
  while (end > 1 && path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}
