import { isUtf8 } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { AppError } from '../../errors.js';
import type { BudgetShare } from '../http/body-budget.js';
import { FormReader, type FormEvents } from './form-reader.js';
import type { PartHead } from './part-head.js';
import { Pieces } from './pieces.js';
import type { PulledBody } from './pulled-body.js';

/** A form whose model is known, written anew, and the rest of it as it comes. */
export interface ModelForm {
  /** The public name that the form has. */
  readonly model: string;
  /** All bytes before the name of the model, and those behind it as far as they came. */
  readonly before: readonly Buffer[];
  readonly after: readonly Buffer[];
  /** With the boundary of our own. */
  readonly contentType: string;
  /** Of everything but the name; null: not known before its end. */
  readonly length: number | null;
  /** What follows on `after`. Null: the form has ended. Rejects with BAD_USER_INPUT, such as for a second model. */
  next(): Promise<readonly Buffer[] | null>;
}

interface Reading {
  readonly boundary: string;
  /** As its sender says; null: that is not said. */
  readonly statedBytes: number | null;
  /** Takes what is held of the form. */
  readonly share: Pick<BudgetShare, 'take'>;
  /** Refuses fields that the caller may not send, by throwing. */
  readonly judgeField: (name: string) => void;
  /** How much of a form is held. Default: 32 MB. */
  readonly maxHeldBytes?: number;
}

/** As much as a body of JSON may have. Files that models take are mostly smaller. */
const MAX_HELD_BYTES = 32 * 1024 * 1024;
const LONGEST_NAME = 1_000;
/** From here on it cannot be guessed, so no file can have it in it. */
const LEAST_BOUNDARY = 24;

/**
 * Reads a form until its field `model` is complete, wherever it stands: what comes before it is held. Everything is
 * written anew, with a boundary that nobody could know, so that an endpoint finds the parts that were judged here and
 * no others, whatever its reader is like. Throws BAD_USER_INPUT, OVERLOADED where there is no room to hold it.
 */
export async function readModelForm(body: PulledBody, reading: Reading): Promise<ModelForm> {
  const { boundary, statedBytes, share, maxHeldBytes = MAX_HELD_BYTES } = reading;
  const copy = new FormCopy(boundary, reading.judgeField);
  const reader = new FormReader(boundary, copy);
  const progress = { isOver: false };
  const pull = async (): Promise<void> => {
    const chunk = await body.next();
    if (chunk === null) {
      if (!reader.isComplete) throw new AppError('BAD_USER_INPUT', 'The form must end with its last boundary.');
      if (!copy.hasModel) throw noModel('once.');
      progress.isOver = true;
      return;
    }
    reader.push(chunk);
  };
  const hold = async (): Promise<void> => {
    const before = copy.heldBytes;
    await pull();
    share.take(copy.heldBytes - before);
  };
  while (!copy.hasModel) {
    if (copy.heldBytes > maxHeldBytes)
      throw noModel(`within its first ${String(Math.floor(maxHeldBytes / 1024 / 1024))} MB: put it first.`);
    await hold();
  }
  // A form whose parts are written as ours are stays as long as it is. Of another one the length is known at its end;
  // some endpoints want it.
  const keepsLength = statedBytes !== null && copy.addedBytes === 0 && !copy.hasLongerBoundary;
  const isWaitedFor = statedBytes !== null && copy.addedBytes !== 0;
  while (isWaitedFor && !progress.isOver && copy.heldBytes <= maxHeldBytes) await hold();
  const { model } = copy;
  const length = keepsLength ? statedBytes - Buffer.byteLength(model) : progress.isOver ? copy.heldBytes : null;
  copy.mustKeepLength = keepsLength;
  return {
    model,
    length,
    before: copy.before.take(),
    after: copy.after.take(),
    contentType: `multipart/form-data; boundary=${copy.boundary}`,
    next: async () => {
      while (!progress.isOver) {
        await pull();
        const written = copy.after.take();
        if (written.length > 0) return written;
      }
      return null;
    },
  };
}

/** Writes down what a reader of a form is told. */
class FormCopy implements FormEvents {
  readonly boundary: string;
  /** How much longer the heads of the copy are than those of the form, of what was read so far. */
  addedBytes = 0;
  readonly hasLongerBoundary: boolean;
  model = '';
  hasModel = false;
  /** Its length has been told: a part that makes it another one is refused. */
  mustKeepLength = false;
  /** What stands before the name of the model, and behind it. */
  readonly before = new Pieces();
  readonly after = new Pieces();
  #name: Buffer[] | null = null;
  #isFirst = true;

  constructor(
    private readonly theirBoundary: string,
    private readonly judgeField: (name: string) => void,
  ) {
    this.boundary = ownBoundary(theirBoundary.length);
    this.hasLongerBoundary = this.boundary.length !== theirBoundary.length;
  }

  get #longer(): number {
    return this.boundary.length - this.theirBoundary.length;
  }

  get heldBytes(): number {
    return this.before.bytes + this.after.bytes;
  }

  onPart({ name, bytes }: PartHead, readBytes: number): void {
    this.judgeField(name);
    const delimiter = Buffer.from(`${this.#isFirst ? '' : '\r\n'}--${this.boundary}\r\n`, 'latin1');
    this.#isFirst = false;
    this.#note(delimiter.length + bytes.length - readBytes - this.#longer);
    this.#write(delimiter);
    this.#write(bytes);
    if (name !== 'model') return;
    if (this.hasModel) throw noModel('once.');
    this.#name = [];
  }

  onContent(bytes: Buffer): void {
    if (this.#name === null) {
      this.#write(bytes);
      return;
    }
    this.#name.push(bytes);
    if (this.#name.reduce((sum, piece) => sum + piece.length, 0) > LONGEST_NAME) {
      throw new AppError('BAD_USER_INPUT', 'The model’s name is too long.', { field: 'model' });
    }
  }

  onPartEnd(): void {
    if (this.#name === null) return;
    const name = Buffer.concat(this.#name);
    if (name.length === 0) throw noModel('with a name.');
    if (!isUtf8(name)) throw new AppError('BAD_USER_INPUT', 'The model’s name must be UTF-8.', { field: 'model' });
    this.model = name.toString('utf8');
    this.#name = null;
    this.hasModel = true;
  }

  onEnd(readBytes: number): void {
    const delimiter = Buffer.from(`${this.#isFirst ? '' : '\r\n'}--${this.boundary}--`, 'latin1');
    this.#note(delimiter.length - readBytes - this.#longer);
    this.#write(delimiter);
  }

  onTail(bytes: Buffer): void {
    this.#write(bytes);
  }

  #write(bytes: Buffer): void {
    (this.hasModel ? this.after : this.before).add(bytes);
  }

  #note(added: number): void {
    this.addedBytes += added;
    if (!this.mustKeepLength || added === 0) return;
    throw new AppError(
      'BAD_USER_INPUT',
      'A part of the form is written in another way than those before it. Write each head as: Content-Disposition: form-data; name="…"',
    );
  }
}

/** As long as theirs where that is long enough, so that the form stays as long as it is. */
function ownBoundary(theirLength: number): string {
  const length = Math.max(theirLength, LEAST_BOUNDARY);
  return randomBytes(length).toString('hex').slice(0, length);
}

const noModel = (where: string): AppError =>
  new AppError('BAD_USER_INPUT', `The form must have the field "model" ${where}`, { field: 'model' });
