import type { ModelFile } from '@intrallm/providers';
import { can, type Actor } from '../../auth/actor.js';
import type { Connection } from '../../connections/connection.entity.js';
import { AppError } from '../../errors.js';
import type { Candidate } from '../routing/routing-table.js';

/** A field by which a caller has a say in what an Ollama instance does beyond its own request. */
export interface InstanceField {
  readonly name: 'keep_alive' | 'options';
  /** Of its value. */
  readonly start: number;
  readonly end: number;
}

/** Bytes of a body to be replaced: [start, end). */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Limited {
  readonly edits: readonly Edit[];
  /** What was changed, for the caller to see: "keep_alive", "num_ctx=8192". */
  readonly changed: readonly string[];
}

/** Of the options of a model: there are a few dozen, all short. */
const LARGEST_OPTIONS = 64 * 1024;
export const NOTHING_LIMITED: Limited = { edits: [], changed: [] };

/** Whether the caller may say how long the connection's instance keeps a model. */
export const mayKeepAlive = (actor: Actor, { allowKeepAlive }: Connection): boolean =>
  allowKeepAlive || can(actor, 'CONNECTIONS_WRITE');

/**
 * What of a request to an Ollama instance is changed because everybody else has to live with it: how long a model stays
 * in memory, and how much memory its context takes. Throws BAD_USER_INPUT for options that are too long to be looked
 * through.
 */
export function limitFields(
  body: Buffer,
  fields: readonly InstanceField[],
  { connection, file }: Pick<Candidate, 'connection' | 'file'>,
  actor: Actor,
): Limited {
  if (fields.length === 0) return NOTHING_LIMITED;
  const edits: Edit[] = [];
  const changed = new Set<string>();
  const longest = connection.maxContextLength ?? trainedLength(file);
  for (const { name, start, end } of fields) {
    if (name === 'keep_alive') {
      if (mayKeepAlive(actor, connection)) continue;
      // Null is what an absent one is there.
      edits.push({ start, end, text: 'null' });
      changed.add('keep_alive');
    } else if (longest !== null && contextOf(body, start, end) > longest) {
      // Of two of the same name the last one counts there: nothing else of the options is touched.
      edits.push({ start: end - 1, end: end - 1, text: `,"num_ctx":${String(longest)}` });
      changed.add(`num_ctx=${String(longest)}`);
    }
  }
  return { edits, changed: [...changed] };
}

/** Whether the instance is told to keep the model no longer than for this request. */
export function unloads(body: Buffer, fields: readonly InstanceField[]): boolean {
  return fields.some(
    ({ name, start, end }) =>
      name === 'keep_alive' && ZERO.test(body.toString('utf8', start, Math.min(end, start + LONGEST_ZERO))),
  );
}

/** 0, or a duration of it: "0s", "0m". */
const ZERO = /^"?0(?:\.0+)?[a-z]*"?$/;
const LONGEST_ZERO = 16;

/** The `num_ctx` of options; 0 where there is none that is a number. */
function contextOf(body: Buffer, start: number, end: number): number {
  if (end - start > LARGEST_OPTIONS) {
    const message = `options: must be shorter than ${String(LARGEST_OPTIONS)} bytes.`;
    throw new AppError('BAD_USER_INPUT', message, { field: 'options' });
  }
  try {
    const options = JSON.parse(body.toString('utf8', start, end)) as { readonly num_ctx?: unknown } | null;
    const value = options?.num_ctx;
    return typeof value === 'number' ? value : 0;
  } catch (error) {
    // No JSON: the instance says so.
    if (error instanceof SyntaxError) return 0;
    throw error;
  }
}

const trainedLength = (file: string | null): number | null =>
  file === null ? null : (JSON.parse(file) as ModelFile).trainedContextLength;

/** The body with the edits in it, as parts to be sent one after the other; they must not overlap. */
export function withEdits(body: Buffer, edits: readonly Edit[]): Buffer[] {
  const parts: Buffer[] = [];
  let at = 0;
  for (const { start, end, text } of [...edits].sort((one, other) => one.start - other.start)) {
    parts.push(body.subarray(at, start), Buffer.from(text, 'utf8'));
    at = end;
  }
  return [...parts, body.subarray(at)];
}
