import type { IncomingMessage, Server } from 'node:http';

/**
 * Serves below a base path such as `/llm` as well as without it: some proxies take it off, others send it on. Call it
 * when every other listener of the server is in its place, since this one stands in front of them. '' does nothing.
 */
export function serveBelow(basePath: string, server: Server): void {
  if (basePath === '') return;
  const takeOff = (message: IncomingMessage): void => {
    message.url = withoutBasePath(basePath, message.url ?? '/');
  };
  server.prependListener('request', takeOff);
  server.prependListener('upgrade', takeOff);
}

function withoutBasePath(basePath: string, url: string): string {
  if (!url.startsWith(basePath)) return url;
  const rest = url.slice(basePath.length);
  if (rest.startsWith('/')) return rest;
  return rest === '' || rest.startsWith('?') ? `/${rest}` : url;
}
