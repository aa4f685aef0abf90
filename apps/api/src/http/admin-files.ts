import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const PAGE = 'index.html';
/** Files below have a hash of their content in their name. */
const HASHED = 'assets/';
/** Paths that are never pages of the admin app, whatever the browser accepts. */
const NO_PAGES = /^(?:assets|v1|api|graphql|healthz|readyz|metrics)(?:\/|$)/;
/** Source maps are for developers; compressed copies are made here. */
const SKIPPED = /\.(?:map|gz|br)$/;
const COMPRESSED_ALREADY = /\.(?:woff2?|png|jpe?g|webp|ico)$/;

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
};

interface AdminFile {
  readonly content: Buffer;
  /** Null where compressing gains nothing. */
  readonly compressed: Buffer | null;
  readonly contentType: string;
  readonly cacheControl: string;
  readonly etag: string;
}

/**
 * Serves the built admin app: its files, and its page for every other place that a browser navigates to. The files, a
 * few megabytes, are read once and served from memory, so the path of a request never reaches the disk.
 * `basePath`: the path below which browsers see the files, '' for the root.
 */
export async function serveAdminFiles(app: FastifyInstance, folder: string, basePath: string): Promise<void> {
  const files = await readFiles(folder, basePath);
  const page = files.get(PAGE);
  app.get<{ Params: { '*': string } }>(
    '/*',
    { config: { access: { needs: 'ANYBODY' }, isForAnyHost: true } },
    (request, reply) => {
      const name = request.params['*'] || PAGE;
      const file = files.get(name) ?? (isNavigation(request, name) ? page : undefined);
      if (file !== undefined) return send(request, reply, file);
      reply.callNotFound();
      return reply;
    },
  );
}

function send(request: FastifyRequest, reply: FastifyReply, file: AdminFile): FastifyReply {
  reply.headers({ 'cache-control': file.cacheControl, etag: file.etag, vary: 'accept-encoding' });
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
  reply.header('content-type', file.contentType);
  const accepted = request.headers['accept-encoding'];
  if (file.compressed === null || !String(accepted).includes('gzip')) return reply.send(file.content);
  return reply.header('content-encoding', 'gzip').send(file.compressed);
}

/** A browser on its way to a page says that it wants HTML. */
function isNavigation(request: FastifyRequest, name: string): boolean {
  return !NO_PAGES.test(name) && (request.headers.accept ?? '').includes('text/html');
}

async function readFiles(folder: string, basePath: string): Promise<ReadonlyMap<string, AdminFile>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const served = entries.filter((entry) => entry.isFile() && !SKIPPED.test(entry.name));
  const files = served.map(async (entry) => {
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(folder, file).split(path.sep).join('/');
    const content = await readFile(file);
    return [name, await describeFile(name, name === PAGE ? placePage(content, basePath) : content)] as const;
  });
  return new Map(await Promise.all(files));
}

/**
 * The page is built with addresses that begin with `./`. It is served at every path of the app, so they are made whole.
 */
function placePage(content: Buffer, basePath: string): Buffer {
  return Buffer.from(content.toString('utf8').replaceAll('"./', `"${basePath}/`));
}

async function describeFile(name: string, content: Buffer): Promise<AdminFile> {
  const compressed = COMPRESSED_ALREADY.test(name) ? content : await promisify(gzip)(content, { level: 9 });
  return {
    content,
    compressed: compressed.length < content.length ? compressed : null,
    contentType: CONTENT_TYPES[path.extname(name)] ?? 'application/octet-stream',
    cacheControl: name.startsWith(HASHED) ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag: `"${createHash('sha256').update(content).digest('base64url')}"`,
  };
}
