const MASK = '•••';

/** `//user:password@` of a URL. What a person types may hold a backslash, a second @, or no host at all. */
const SIGN_IN = /(\/\/)[^\s/?#"'<>]*@/g;
/** Parameters that servers take a credential from, in a query, a fragment or a form. */
const PARAMETER =
  /([?&;#](?:amp;)?(?:[\w.-]*[_.-])?(?:key|apikey|token|accesstoken|idtoken|refreshtoken|auth|authorization|secret|clientsecret|password|passwd|pass|pwd|passphrase|credentials?|signature|sig|jwt|bearer|session|sessionid|sid)=)[^\s&;#"'<>]+/gi;

/**
 * The text with a mask in place of what signs in with the URLs in it: user and password, and parameters such as `key=`.
 */
export function withoutUrlSecrets(text: string): string {
  // Most texts hold neither.
  if (!text.includes('@') && !text.includes('=')) return text;
  return text.replace(SIGN_IN, `$1${MASK}@`).replace(PARAMETER, `$1${MASK}`);
}
