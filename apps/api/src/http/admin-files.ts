import { readdirSync } from 'node:fs';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Files below have a hash of their content in their name. */
const HASHED = 'assets/';
/** Paths that are no pages of the admin app, whatever the browser accepts. */
const NO_PAGES = /^(?:assets|v1|api|graphql|healthz|readyz|metrics)(?:\/|$)/;
const YEAR_MS = 365 * 24 * 3_600_000;

/**
 * Serves the built admin app: its files, and its page for every other place that a browser navigates to. Which files
 * there are is read once, so nothing outside the folder can be asked for.
 */
export async function serveAdminFiles(app: FastifyInstance, folder: string): Promise<void> {
  const files = listFiles(folder);
  await app.register(fastifyStatic, { root: folder, serve: false, preCompressed: true, cacheControl: false });
  app.get<{ Params: { '*': string } }>('/*', { config: { access: { needs: 'ANYBODY' } } }, (request, reply) => {
    const name = request.params['*'];
    if (name !== 'index.html' && files.has(name)) {
      const cacheControl = name.startsWith(HASHED) ? `public, max-age=${YEAR_MS / 1000}, immutable` : 'no-cache';
      return reply.header('cache-control', cacheControl).sendFile(name);
    }
    if (!isNavigation(request, name)) return reply.callNotFound();
    return reply.header('cache-control', 'no-cache').sendFile('index.html');
  });
}

/** A browser on its way to a page says that it wants HTML. */
function isNavigation(request: FastifyRequest, name: string): boolean {
  return !NO_PAGES.test(name) && (request.headers.accept ?? '').includes('text/html');
}

function listFiles(folder: string): ReadonlySet<string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Set(
    entries
      .filter((entry) => entry.isFile() && !/\.(?:gz|br|map)$/.test(entry.name))
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/')),
  );
}
