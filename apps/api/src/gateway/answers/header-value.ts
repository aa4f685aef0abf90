// undici gives the bytes of a header's value as Latin-1, each byte a character, and Node.js writes them so again. What
// lies outside of ASCII has no meaning that all clients share (RFC 9110, section 5.5), and Node.js does not write all
// of it.

const ASCII = /^[\t\x20-\x7e]*$/;
const WRITABLE = /^[\t\x20-\x7e\x80-\xff]*$/;
const FILENAME = /;\s*filename\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;"]+)/i;
const HAS_EXTENDED = /;\s*filename\*\s*=/i;
const LONGEST_DISPOSITION = 4 * 1024;

/** The value as it is to be written; null: it cannot be, and the header is left out. */
export function writableValue(name: string, value: string): string | null {
  if (ASCII.test(value)) return value;
  if (name === 'content-disposition') return asciiDisposition(value);
  return WRITABLE.test(value) ? value : null;
}

/**
 * The name of a file in the form that all clients read (RFC 6266, RFC 8187), with a plain one beside it for old ones.
 */
function asciiDisposition(value: string): string | null {
  if (value.length > LONGEST_DISPOSITION) return null;
  const text = decoded(value);
  const [parameter, quoted] = FILENAME.exec(text) ?? [];
  if (parameter === undefined || quoted === undefined) return null;
  const filename = quoted.startsWith('"') ? quoted.slice(1, -1).replaceAll(/\\(.)/g, '$1') : quoted;
  const plain = filename.replaceAll(/[^\x20-\x7e]/gu, '_').replaceAll(/["\\%]/g, '_');
  const extended = HAS_EXTENDED.test(text) ? '' : `; filename*=UTF-8''${encoded(filename)}`;
  const written = text.replace(parameter, () => `; filename="${plain}"${extended}`);
  return ASCII.test(written) ? written : null;
}

/** UTF-8 as nearly all servers mean it, or else the Latin-1 that it is. */
function decoded(value: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(value, 'latin1'));
  } catch {
    return value;
  }
}

/** RFC 8187, section 3.2.1: what `encodeURIComponent` leaves and that grammar does not have is encoded too. */
function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll(/['()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}
