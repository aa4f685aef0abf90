const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0');
const each = (text: string, change: (char: string, code: number) => string): string =>
  Array.from(text, (char) => change(char, char.codePointAt(0) ?? 0)).join('');
const quoted = (text: string): string => JSON.stringify(text).slice(1, -1);
const NAMES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** A secret in the ways in which it may be written somewhere: made here, apart from what the product looks for. */
function formsOf(secret: string): string[] {
  const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '');
  const forms = [
    secret,
    quoted(secret),
    quoted(quoted(secret)),
    quoted(secret).replace(/[<>&]/g, (char) => `\\u00${hex(char.charCodeAt(0), 2)}`),
    quoted(secret).replaceAll('/', String.raw`\/`),
    each(secret, (_, code) => `\\u${hex(code, 4)}`),
    each(secret, (_, code) => `\\u${hex(code, 4).toUpperCase()}`),
    each(secret, (_, code) => `&#${String(code)};`),
    each(secret, (_, code) => `&#x${hex(code, 2)};`),
    each(secret, (char) => NAMES[char] ?? char),
    encodeURIComponent(secret),
    encodeURIComponent(secret).replace(/%../g, (escape) => escape.toLowerCase()),
    base64,
    base64.replaceAll('/', String.raw`\/`),
    Buffer.from(secret).toString('base64url'),
  ];
  return [...new Set(forms)];
}

/**
 * Which forms of which secrets stand in the text, as they are or inside of something in Base64; by the names of the
 * secrets.
 */
export function foundIn(text: string, secrets: ReadonlyMap<string, string>): string[] {
  const places = [text, ...decodedRuns(text)];
  return [...secrets].flatMap(([name, secret]) =>
    formsOf(secret)
      .flatMap((form) => places.map((place) => [form, place, place.indexOf(form)] as const))
      .filter(([, , at]) => at !== -1)
      .map(
        ([form, place, at]) =>
          `${name} as ${form}: ${JSON.stringify(place.slice(Math.max(0, at - 60), at + form.length + 20))}`,
      ),
  );
}

/** Whatever may be Base64, decoded: from each of the four places where a group may begin. */
function decodedRuns(text: string): string[] {
  const runs = text.match(/[\w+/-]{24,}/g) ?? [];
  return [0, 1, 2, 3].map((shift) =>
    runs.map((run) => Buffer.from(run.slice(shift), 'base64').toString('latin1')).join('\n'),
  );
}
