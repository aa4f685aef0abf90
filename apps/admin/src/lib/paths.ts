/** The place of the tokens on the account page. */
export const apiTokensPlace = 'api-tokens';

/** Every URL of the app. Nowhere else stands one. */
export const paths = {
  connections: '/connections',
  account: '/account',
  apiTokens: `/account#${apiTokensPlace}`,
  signIn: '/sign-in',
  setUp: '/set-up',
} as const;

/** Where to sign in, and where to go on afterwards. */
export function signInPath(next: string): string {
  return next === '/' || next === paths.connections ? paths.signIn : `${paths.signIn}?next=${encodeURIComponent(next)}`;
}

/** A path of this app out of a query parameter; anything else, such as another site's URL, leads to the start. */
export function safeNext(next: string | null): string {
  // Whoever reads the URL passes over control characters: "/\t/host" is another site.
  const isOwn = next !== null && /^\/(?![/\\])\P{Cc}*$/u.test(next) && !next.startsWith(paths.signIn);
  return isOwn ? next : paths.connections;
}
