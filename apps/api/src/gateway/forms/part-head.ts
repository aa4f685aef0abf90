import { isUtf8 } from 'node:buffer';
import { AppError } from '../../errors.js';

// Readers of forms disagree on nearly everything that RFC 7578 does not demand: names in RFC 8187's way, folded lines,
// blanks around "=", escapes. So the head of a part is taken apart by the plain grammar alone, and written anew from
// what was read.

/** The head of one part, as it was read. Texts are latin1: one character for each byte. */
export interface PartHead {
  readonly name: string;
  readonly isFile: boolean;
  /** As it is sent on, from `Content-Disposition` to the empty line. */
  readonly bytes: Buffer;
}

const LINE = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(?![ \t])([\t -~\x80-\xff]*)$/;
const DISPOSITION = /^form-data(?=;|$)/i;
/** The value is quoted, with escapes for the name of a file alone, or a token. */
const PARAMETER = /^;[ \t]*([!#$%&'*+.^_`|~\w-]+)=(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+.^_`|~\w-]+))[ \t]*(?=;|$)/;
/** RFC 8187, for the name of a file alone. */
const EXTENDED = /^(?:utf-8|iso-8859-1)'[\w-]*'[!#$&+.^_`|~\w%-]*$/i;
/** Nothing in it that any reader unescapes, decodes or splits at. */
const PLAIN_NAME = /^[\p{L}\p{N}_.$@/+~:[\]-]+(?: [\p{L}\p{N}_.$@/+~:[\]-]+)*$/u;
const UNENCODED = new Set(['binary', '8bit', '7bit']);
/** Of ours, and of those that read `model[]` as `model`. */
const LIKE_MODEL = /^model(?:\[.*)?$/i;

/**
 * Reads the lines of a part's head, without the empty one at the end. Throws BAD_USER_INPUT naming what is to be
 * written.
 */
export function readPartHead(text: string): PartHead {
  const fields = headerFields(text);
  const disposition = fields.get('content-disposition');
  if (disposition === undefined) throw unreadable('must have Content-Disposition');
  const { name, file } = readDisposition(disposition);
  const type = fields.get('content-type');
  const encoding = fields.get('content-transfer-encoding');
  if (type !== undefined && /^multipart\//i.test(type)) throw unreadable('may not be a form itself');
  if (encoding !== undefined && !UNENCODED.has(encoding.toLowerCase())) {
    throw unreadable('may not have a Content-Transfer-Encoding other than binary, 8bit or 7bit');
  }
  if (name === '_charset_') throw unreadable('may not set the charset of others: send UTF-8');
  if (LIKE_MODEL.test(name)) judgeModel(name, file !== '', type);
  // Of the other lines nothing is sent on: some readers believe a length that stands in there, and others do not.
  const typeLine = type === undefined ? '' : `\r\nContent-Type: ${type}`;
  const encodingLine = encoding === undefined ? '' : `\r\nContent-Transfer-Encoding: ${encoding}`;
  const written = `Content-Disposition: form-data; name="${toLatin1(name)}"${file}${typeLine}${encodingLine}\r\n\r\n`;
  return { name, isFile: file !== '', bytes: Buffer.from(written, 'latin1') };
}

/** Values by lower-case name. Each line of a head stands for itself. */
function headerFields(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split('\r\n')) {
    if (/^[ \t]/.test(line)) throw unreadable('may not have folded lines');
    const [, name = '', value = ''] = LINE.exec(line) ?? [];
    if (name === '') throw unreadable('must have lines of the form "Name: value", ended by CR LF');
    const lowerName = name.toLowerCase();
    if (fields.has(lowerName)) throw unreadable(`may have ${lowerName} once`);
    fields.set(lowerName, value.trimEnd());
  }
  return fields;
}

/** `file`: what says that the part is a file, as it is sent on; empty where nothing does. */
function readDisposition(value: string): { readonly name: string; readonly file: string } {
  const form = DISPOSITION.exec(value);
  if (form === null) throw unreadable('must have Content-Disposition: form-data');
  let rest = value.slice(form[0].length);
  const given = new Map<string, string>();
  while (rest !== '') {
    const parameter = PARAMETER.exec(rest);
    if (parameter === null) throw unreadable('cannot be read');
    const [all, parameterName = '', quoted, plain = ''] = parameter;
    const key = parameterName.toLowerCase();
    if (key === 'name*') throw unreadable('may not have its name as name*');
    if (given.has(key)) throw unreadable(`may have ${key} once`);
    given.set(key, quoted ?? plain);
    rest = rest.slice(all.length);
  }
  const name = given.get('name');
  if (name === undefined) throw unreadable('must have a name');
  return { name: readName(name), file: fileNames(given.get('filename'), given.get('filename*')) };
}

function readName(latin1: string): string {
  const bytes = Buffer.from(latin1, 'latin1');
  const name = bytes.toString('utf8');
  if (isUtf8(bytes) && PLAIN_NAME.test(name)) return name;
  throw unreadable('must have a name of letters, digits and . _ - [ ] in UTF-8');
}

function fileNames(plain: string | undefined, extended: string | undefined): string {
  if (extended !== undefined && !EXTENDED.test(extended)) throw unreadable('has a filename* that cannot be read');
  const encoded = extended === undefined ? '' : `; filename*=${extended}`;
  return plain === undefined ? encoded : `; filename="${harmless(plain)}"${encoded}`;
}

/** A reader that splits where it should not finds no second name in it. */
const harmless = (name: string): string => {
  const unescaped = name.replace(/\\(.)/g, '$1').replace(/["\\]/g, '_');
  return /name\s*\*?\s*=/i.test(unescaped) ? unescaped.replaceAll('=', '_') : unescaped;
};

function judgeModel(name: string, isFile: boolean, type: string | undefined): void {
  const isText = type === undefined || /^text\/plain(?:[ \t]*;[ \t]*charset="?(?:utf-8|us-ascii)"?)?$/i.test(type);
  if (name === 'model' && !isFile && isText) return;
  throw new AppError(
    'BAD_USER_INPUT',
    'The form must name one model, in a field "model" that is plain text in UTF-8.',
    {
      field: 'model',
    },
  );
}

const toLatin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

export const unreadable = (what: string): AppError =>
  new AppError(
    'BAD_USER_INPUT',
    `A part of the form ${what}. Write its head as: Content-Disposition: form-data; name="…"`,
  );
