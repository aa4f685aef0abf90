/** scheme://host:port of a URL: what a secret is sealed for. */
export const originOf = (url: string): string => new URL(url).origin;

/** Whether a stored secret may be used at both: the URLs differ by a trailing /v1 at most. */
export const isSamePlace = (one: string, other: string): boolean => placeOf(one) === placeOf(other);

/** Origins are compared as parsed, so that case of the host and a default port make no difference. */
function placeOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname.replace(/\/+$/, '').replace(/\/v1$/, '');
}
