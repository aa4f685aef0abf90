import { AppError, badInput, type InputIssue } from '../errors.js';
import { UNFIT_FOR_LINES } from './text.js';

/**
 * What is copied along from pages and chats, and would make two names of one that look alike. Joiners of emoji stay.
 */
const COPIED_ALONG = /[\u00ad\u180e\u200b\u200e\u200f\u2060\ufeff]/g;

/** How many entries a list may have, and how long each may be. */
export interface ListBounds {
  readonly entries: number;
  readonly characters: number;
}

/** Collects everything that is wrong with one input, so that the caller hears all of it at once. */
export class InputCheck {
  readonly #issues: InputIssue[] = [];
  readonly #missingSecrets: InputIssue[] = [];

  /** @param path goes in front of every field, such as "input"; "" for none. */
  constructor(private readonly path: string) {}

  reject(field: string, message: string): void {
    this.#issues.push({ field: this.pathOf(field), message });
  }

  /** The secret of that field is stored, and must be given again to be used in another place. */
  requireSecret(field: string, message: string): void {
    this.#missingSecrets.push({ field: this.pathOf(field), message });
  }

  pathOf(field: string): string {
    return this.path === '' ? field : `${this.path}.${field}`;
  }

  /** Throws BAD_USER_INPUT, else SECRET_REQUIRED, naming every field rejected so far. */
  finish(): void {
    const [first, ...others] = this.#issues;
    if (first !== undefined) throw badInput([first, ...others]);
    const [missing] = this.#missingSecrets;
    if (missing === undefined) return;
    throw new AppError('SECRET_REQUIRED', missing.message, { field: missing.field, issues: this.#missingSecrets });
  }

  /** One line of text without spaces around it, nor signs in it that nobody sees. */
  line(field: string, value: string, maxCharacters: number): string {
    const line = value.replace(COPIED_ALONG, '').trim();
    if (line.length > maxCharacters) this.reject(field, `Use at most ${count(maxCharacters)} characters.`);
    else if (UNFIT_FOR_LINES.test(line)) this.reject(field, 'Use one line of text, without control characters.');
    return line;
  }

  /** Entries without spaces around them, each one once, in the order given. */
  lines(field: string, values: readonly string[], bounds: ListBounds): string[] {
    if (!this.hasRoom(field, values, bounds.entries)) return [];
    const lines = values.map((value, index) => {
      const line = this.line(`${field}.${index}`, value, bounds.characters);
      if (line === '') this.reject(`${field}.${index}`, 'Enter something, or leave this entry out.');
      return line;
    });
    return [...new Set(lines)];
  }

  hasRoom(field: string, values: readonly unknown[], entries: number): boolean {
    if (values.length <= entries) return true;
    this.reject(field, `Use at most ${count(entries)} entries.`);
    return false;
  }

  whole(field: string, value: number, [least, most]: readonly [number, number]): number {
    if (!Number.isInteger(value) || value < least || value > most) {
      this.reject(field, `Use a whole number from ${count(least)} to ${count(most)}.`);
    }
    return value;
  }
}

const count = (value: number): string => value.toLocaleString('en-US');
