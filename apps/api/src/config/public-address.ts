import { ConfigError } from './config-error.js';

/** Where browsers find the product. */
export interface PublicAddress {
  /** Origin that browsers see, without trailing slash; null: `http://HOST:PORT` of the listening socket. */
  readonly publicUrl: string | null;
  /** Path below which browsers see the product, without a slash at its end; '' for the root. */
  readonly basePath: string;
}

const VARIABLE = 'INTRALLM_PUBLIC_URL';
/** First parts of paths that are our own: below such a base nobody could tell a path with it from one without. */
const OWN_PARTS = new Set(['v1', 'api', 'graphql', 'healthz', 'readyz', 'metrics', 'assets']);
/** What browsers, proxies, cookies and routers all write in the same way. */
const PLAIN_PATH = /^(?:\/[\w.~-]+)*$/;

/** Reads INTRALLM_PUBLIC_URL. Throws ConfigError for what is no address that a browser can open. */
export function readPublicAddress(text: string | undefined): PublicAddress {
  if (text === undefined) return { publicUrl: null, basePath: '' };
  if (!/^https?:\/\/[^/\\]/i.test(text) || !URL.canParse(text)) {
    throw new ConfigError(VARIABLE, 'must be a whole address such as https://models.example.com');
  }
  const url = new URL(text);
  if (url.username !== '' || url.password !== '')
    throw new ConfigError(VARIABLE, 'must have no user or password in it');
  if (/[?#]/.test(text)) throw new ConfigError(VARIABLE, 'must end with its path: leave out everything from ? or # on');
  return { publicUrl: url.origin, basePath: basePathOf(url.pathname) };
}

function basePathOf(pathname: string): string {
  const basePath = pathname.replace(/\/+$/, '');
  if (!PLAIN_PATH.test(basePath)) {
    throw new ConfigError(
      VARIABLE,
      'must have only letters, digits, ".", "_", "~", "-" and single slashes in its path',
    );
  }
  const first = basePath.split('/', 2)[1] ?? '';
  if (OWN_PARTS.has(first)) {
    throw new ConfigError(VARIABLE, `must not have a path that begins with /${first}, which the product has itself`);
  }
  return basePath;
}
