import type { IncomingHttpHeaders } from 'node:http';
import type { SecretMask } from '@intrallm/providers';

/**
 * An endpoint's headers without what they repeat of our own: `x-echo-authorization`. The same object where there is
 * nothing of it, which is nearly always. A header whose name holds a secret is left out.
 */
export function maskedHeaders(headers: IncomingHttpHeaders, mask: SecretMask): IncomingHttpHeaders {
  if (mask.isEmpty) return headers;
  let masked: IncomingHttpHeaders | null = null;
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined) continue;
    const clean = typeof value === 'string' ? cleanValue(value, mask) : value.map((one) => cleanValue(one, mask));
    const isNameClean = cleanValue(name, mask) === name;
    if (isNameClean && isSame(value, clean)) continue;
    masked ??= { ...headers };
    // A name that is taken out is not written as undefined: others go through all that there are.
    if (isNameClean) masked[name] = clean;
    else Reflect.deleteProperty(masked, name);
  }
  return masked ?? headers;
}

function cleanValue(value: string, mask: SecretMask): string {
  // Nothing that is shorter is searched for.
  return value.length < mask.shortest ? value : mask.stars(value);
}

function isSame(value: string | readonly string[], clean: string | readonly string[]): boolean {
  return typeof value === 'string' ? value === clean : value.every((one, index) => one === clean[index]);
}
