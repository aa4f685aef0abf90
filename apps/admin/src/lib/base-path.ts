/**
 * The path below which the app stands, without a slash at its end, '' for the root: the server writes it into the page.
 */
export const basePath = readBasePath(document);

/** The address of the product, under which programs find it. */
export const publicAddress = `${window.location.origin}${basePath}`;

/** Reads it out of a page; '' where no server has written it, as in development and in tests. */
export function readBasePath(page: ParentNode): string {
  const content = page.querySelector('meta[name="intrallm-base"]')?.getAttribute('content') ?? '';
  return content.startsWith('/') ? content.replace(/\/+$/, '') : '';
}

/** Whether a path of this host is one of the app's. */
export function isBelowBase(pathname: string): boolean {
  return pathname === basePath || pathname.startsWith(`${basePath}/`);
}

/** A path of the app as the browser knows it, for what the router does not see. */
export function wholePath(path: string): string {
  return basePath + path;
}
