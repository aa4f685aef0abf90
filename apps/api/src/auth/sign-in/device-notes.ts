import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { SecretBox } from '../../secrets/secret-box.js';
import type { User } from '../people/user.entity.js';
import { CLOCK_SLACK_MS } from '../sessions/session-times.js';

const DAY_MS = 24 * 3_600_000;
/** Browsers keep no cookie for longer than 400 days; who did not come for half a year is a stranger again. */
export const DEVICE_NOTE_MS = 180 * DAY_MS;
/** People who use one browser in turns; the one who signed in longest ago makes room. */
const MAX_NOTES = 4;
const MAX_CHARACTERS = 1_000;
const NOTE = /^([\da-f]{16})\.([\da-f-]{36})\.(\d{1,15})\.([\w-]{22})\.([\da-f]{64})$/;

/** What a browser shows of earlier sign-ins; null: nothing. */
export type ShownNotes = string | null;

interface Note {
  readonly text: string;
  readonly keyId: string;
  readonly userId: string;
  readonly issuedAtMs: number;
  readonly device: string;
  readonly mac: string;
}

/**
 * Notes that a browser keeps of who signed in with it. One says that somebody gave this account's password here, and
 * signs nobody in: tries to sign in with it count apart from those of others. It is signed under the master key
 * together with the password's hash, which is not in it: another password makes all notes of before void.
 */
export class DeviceNotes {
  constructor(private readonly box: Pick<SecretBox, 'keyId' | 'deviceMac'>) {}

  /** The notes that the browser is to keep from now on: a new one for the person, and those of others that it had. */
  issue(user: Pick<User, 'id' | 'passwordHash'>, shown: ShownNotes, now = Date.now()): string {
    const device = randomBytes(16).toString('base64url');
    const said = [this.box.keyId, user.id, String(now), device].join('.');
    const note = `${said}.${this.#mac(said, user.passwordHash, this.box.keyId)?.toString('hex') ?? ''}`;
    const others = parse(shown).filter(({ userId }) => userId !== user.id);
    return [note, ...others.map(({ text }) => text)].slice(0, MAX_NOTES).join('~');
  }

  /** The name of the device that the person signed in from before; null where nothing valid says so. */
  deviceOf(user: Pick<User, 'id' | 'passwordHash'> | null, shown: ShownNotes, now = Date.now()): string | null {
    const note = parse(shown).find(({ userId }) => userId === user?.id);
    if (note === undefined || user === null) return null;
    const ageMs = now - note.issuedAtMs;
    if (ageMs > DEVICE_NOTE_MS || ageMs < -CLOCK_SLACK_MS) return null;
    const said = note.text.slice(0, note.text.lastIndexOf('.'));
    const expected = this.#mac(said, user.passwordHash, note.keyId);
    return expected !== null && timingSafeEqual(expected, Buffer.from(note.mac, 'hex')) ? note.device : null;
  }

  #mac(said: string, passwordHash: string | null, keyId: string): Buffer | null {
    // JSON keeps the parts apart.
    return this.box.deviceMac(JSON.stringify([said, passwordHash]), keyId);
  }
}

function parse(shown: ShownNotes): Note[] {
  if (shown === null || shown.length > MAX_CHARACTERS) return [];
  return shown
    .split('~', MAX_NOTES)
    .map((text) => NOTE.exec(text))
    .filter((match) => match !== null)
    .map(([text, keyId = '', userId = '', issuedAt = '', device = '', mac = '']) => ({
      text,
      keyId,
      userId,
      issuedAtMs: Number(issuedAt),
      device,
      mac,
    }));
}
