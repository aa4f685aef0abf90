import { InputCheck } from '../../lib/input-check.js';
import { INVISIBLE, UNFIT_FOR_LINES } from '../../lib/text.js';
import type { Role } from '../scope.js';

const MIN_PASSWORD_CHARACTERS = 12;
const MAX_PASSWORD_BYTES = 1_024;
const MAX_NAME_CHARACTERS = 100;
/** RFC 5321, section 4.5.3.1.3, less the angle brackets. */
const MAX_EMAIL_CHARACTERS = 254;

/** Collects what is wrong with what identifies an account, so that the caller hears all of it at once. */
export class AccountInputCheck extends InputCheck {
  constructor() {
    super('');
  }

  /** A name as it is stored, without spaces around it. */
  name(field: string, value: string): string {
    const name = value.trim();
    if (name.replace(INVISIBLE, '').trim() === '') this.reject(field, 'Enter a name.');
    else if (name.length > MAX_NAME_CHARACTERS) this.reject(field, `Use at most ${MAX_NAME_CHARACTERS} characters.`);
    else if (UNFIT_FOR_LINES.test(name)) this.reject(field, 'Use letters, digits and signs only.');
    return name;
  }

  email(field: string, value: string): string {
    const email = value.trim().normalize('NFC');
    const isClear = !UNFIT_FOR_LINES.test(email) && email.replace(INVISIBLE, '') === email;
    const looksRight = /^[^\s@]+@[^\s@]+$/.test(email) && isClear && email.length <= MAX_EMAIL_CHARACTERS;
    if (!looksRight) this.reject(field, 'Enter an e-mail address such as ada@example.com.');
    return email;
  }

  newPassword(field: string, value: string): void {
    if ([...value].length < MIN_PASSWORD_CHARACTERS) {
      this.reject(field, `Use at least ${MIN_PASSWORD_CHARACTERS} characters.`);
    } else if (isTooLong(value)) this.reject(field, `Use at most ${MAX_PASSWORD_BYTES} bytes.`);
  }
}

/** What identifies a person at sign-in: case does not count. */
export const emailKey = (email: string): string => email.trim().normalize('NFC').toLowerCase();

/** Longer than any password that could have been set: not worth hashing. */
export const isTooLong = (password: string): boolean => Buffer.byteLength(password) > MAX_PASSWORD_BYTES;

export interface NewUser {
  readonly name: string;
  readonly email: string;
  readonly password: string;
  readonly role: Role;
}

/** Throws BAD_USER_INPUT naming name, email and password, whichever are wrong. */
export function checkNewUser(input: NewUser): { name: string; email: string } {
  const check = new AccountInputCheck();
  const name = check.name('name', input.name);
  const email = check.email('email', input.email);
  check.newPassword('password', input.password);
  check.finish();
  return { name, email };
}
