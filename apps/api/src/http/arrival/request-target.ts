import type { IncomingMessage, Server } from 'node:http';

/** What is worth a second look: most requests have nothing of it. */
const UNTIDY = /\/\/|\/(?:\?|$)/;
const OF_AN_API = /^\/+(?:v1|api)(?:\/|$)/;
/** The name of a model may have slashes of any number in it. */
const OF_A_MODEL = /^\/+v1\/+models\/+(?=[^/])/;

/**
 * Takes doubled slashes and those at the end out of the paths of the two APIs: a base URL that ends with a slash is joined to a path that
 * begins with one in half of all clients. It stands in front of the listeners that are there when it is called.
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

/** By hand: an expression for it takes the square of the time for a path that is nothing but slashes. */
function withoutSlashAtEnd(path: string): string {
  let end = path.length;
  while (end > 1 && path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}
