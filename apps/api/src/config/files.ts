import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { ConfigError } from './config-error.js';
import { splitList } from './lists.js';

/** Base64 keys of 32 bytes, the sealing one first, with the variable that they came by. */
export interface MasterKeys {
  readonly variable: 'INTRALLM_MASTER_KEY' | 'INTRALLM_MASTER_KEY_FILE';
  readonly keys: readonly string[];
}

/**
 * The folder as a full path. It need not exist yet; throws ConfigError where a file stands in its place or above it.
 */
export function readFolder(variable: string, name: string): string {
  if (name.startsWith('~')) throw new ConfigError(variable, '~ is not the home folder here: write the whole path');
  const folder = path.resolve(name);
  for (let place = folder; ; place = path.dirname(place)) {
    const found = isFolder(place);
    if (found === true || place === path.dirname(place)) return folder;
    if (found === false) throw new ConfigError(variable, `must name a folder, and ${place} is a file`);
  }
}

/** Null where nothing is there, or nothing that we may see. */
export function isFolder(place: string): boolean | null {
  try {
    return statSync(place).isDirectory();
  } catch {
    // What is wrong there is told by whoever opens a file in it.
    return null;
  }
}

/**
 * The keys of the one variable or the other; null where neither is set. Throws ConfigError where both are, or none is
 * in it.
 */
export function readMasterKeys(inline: string | undefined, file: string | undefined): MasterKeys | null {
  if (inline !== undefined && file !== undefined) {
    throw new ConfigError('INTRALLM_MASTER_KEY', 'is set, and INTRALLM_MASTER_KEY_FILE as well: keep one of them');
  }
  if (inline !== undefined) return { variable: 'INTRALLM_MASTER_KEY', keys: splitList(inline, ',') };
  if (file === undefined) return null;
  const keys = splitList(readSetting('INTRALLM_MASTER_KEY_FILE', file), /[,\r\n]/);
  if (keys.length === 0) throw new ConfigError('INTRALLM_MASTER_KEY_FILE', `the file ${file} is empty`);
  return { variable: 'INTRALLM_MASTER_KEY_FILE', keys };
}

/** The PEM text of a file. TLS would pass over whatever it cannot read in there, and distrust the endpoints for it. */
export function readCertificates(variable: string, file: string): string {
  const text = readSetting(variable, file);
  const certificates = text.match(/-----BEGIN ([A-Z\d ]*CERTIFICATE)-----[^]+?-----END \1-----/g);
  if (certificates === null) throw new ConfigError(variable, `the file ${file} holds no certificate in PEM`);
  try {
    for (const certificate of certificates) new X509Certificate(certificate);
  } catch (cause) {
    throw new ConfigError(variable, `the file ${file} holds a certificate that cannot be read`, { cause });
  }
  return text;
}

function readSetting(variable: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
      .replace(/^\ufeff/, '')
      .trim();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = { ENOENT: 'does not exist', EACCES: 'may not be read by this process', EISDIR: 'is a folder' }[
      String(code)
    ];
    throw new ConfigError(variable, `the file ${file} ${why ?? `cannot be read (${String(code)})`}`, { cause });
  }
}
