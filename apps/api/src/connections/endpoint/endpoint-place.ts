/** scheme://host:port of a URL: what a secret is sealed for. */
export const originOf = (url: string): string => new URL(url).origin;

/** Whether a stored secret may be used at both: the URLs differ by a trailing /v1 at most. */
export function isSamePlace(one: string, other: string): boolean {
  const [shorter = '', longer = ''] = [comparable(one), comparable(other)].sort((a, b) => a.length - b.length);
  return longer === shorter || longer === `${shorter}/v1`;
}

/** As parsed, so that case of the host and a default port make no difference. */
function comparable(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname.replace(/\/+$/, '');
}
