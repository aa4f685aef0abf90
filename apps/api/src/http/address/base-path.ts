import type { IncomingMessage, Server } from 'node:http';

/**
 * Serves below a base path such as `/llm` as well as without it: some proxies remove it, others send it on. Call this
 * after the server has its other listeners, because this one has to stand in front of them. '' does nothing.
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
