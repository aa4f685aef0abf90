// Reads a long answer in one piece of JSON in turns: only what becomes a part of Ollama's answer is parsed.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { inTurns, JsonWalk, notJson, parse, tooIntricate, UnreadableJson, type Range } from '../../json/json-walk.js';
import { toldError } from '../../translation/error-message.js';
import { isFields, THOUGHT_FIELDS } from '../../translation/message-reader.js';
import type { Translated } from '../../translation/translators.js';
import type { AnswerSettings } from './answer-line.js';
import {
  embeddingsText,
  fromOpenaiChat,
  fromOpenaiEmbeddings,
  translateChat,
  type Vector,
} from './from-openai-whole.js';

/** Parsed at once: what is shorter takes no time worth speaking of, whatever it is. */
const SHORT_BYTES = 64 * 1024;
/** Of what is parsed of a long one: text, thoughts and tool calls, and objects, lists and entries in them. */
const PARSED = { longestBytes: 2 * 1024 * 1024, mostEntries: 50_000 };
/** Of calls alone: their arguments are parsed, or printed, once more. */
const LONGEST_CALLS = 1024 * 1024;
const CALL_FIELDS: readonly string[] = ['tool_calls', 'function_call'];
/** Of one vector: the longest have some ten thousand numbers. */
const LONGEST_VECTOR = 1024 * 1024;
/** Vectors are looked into for as long before others have their turn. */
const TURN_MS = 5;

/** See `MessageReader` and `ToolCallGatherer`. */
const MESSAGE_FIELDS = ['content', 'refusal', ...THOUGHT_FIELDS, ...CALL_FIELDS];
/** See `toldError` and `tokensOf`. */
const ABOUT_FIELDS = ['error', 'object', 'type', 'message', 'detail', 'usage', 'x_groq'];

/** A whole chat completion in Ollama's words. */
export async function translateWholeChat(body: Buffer, settings: AnswerSettings): Promise<Translated> {
  if (body.length <= SHORT_BYTES) return fromOpenaiChat(body.toString('utf8'), settings);
  return readably(async () => {
    const walk = new JsonWalk(body);
    const top = await topFields(body, walk);
    const picked = new Picked(body);
    const choices = top.get('choices');
    const [choice] = choices === undefined || body[choices.start] !== OPEN_BRACKET ? [] : await items(walk, choices, 1);
    const about = choice === undefined || body[choice.start] !== OPEN_BRACE ? null : await fields(walk, choice);
    const message = about?.get('message');
    if (message === undefined || body[message.start] !== OPEN_BRACE) {
      return translateChat({ ...(await picked.parse(walk, top, ABOUT_FIELDS)), choices: [] }, settings);
    }
    const told = await picked.parse(walk, await fields(walk, message), MESSAGE_FIELDS);
    const ended = await picked.parse(walk, about ?? new Map(), ['finish_reason']);
    const others = await picked.parse(walk, top, ABOUT_FIELDS);
    await nextTurn();
    return translateChat({ ...others, choices: [{ ...ended, message: told }] }, settings);
  });
}

/** Embeddings in Ollama's words: their numbers are passed on as they are written. */
export async function translateWholeEmbeddings(
  body: Buffer,
  settings: Pick<AnswerSettings, 'model' | 'startedAt'>,
  isSingle: boolean,
): Promise<Translated> {
  if (body.length <= SHORT_BYTES) return fromOpenaiEmbeddings(body.toString('utf8'), settings, isSingle);
  return readably(async () => {
    const walk = new JsonWalk(body);
    const top = await topFields(body, walk);
    const picked = new Picked(body);
    const about = await picked.parse(walk, top, ABOUT_FIELDS);
    const problem = toldError(about);
    if (problem !== null) return { problem };
    const data = top.get('data');
    const rows = data === undefined || body[data.start] !== OPEN_BRACKET ? [] : await items(walk, data);
    const vectors: Vector[] = [];
    let turnEnds = performance.now() + TURN_MS;
    for (const row of rows) {
      vectors.push(await inTurns(vectorOf(body, walk, row)));
      if (performance.now() < turnEnds) continue;
      await nextTurn();
      turnEnds = performance.now() + TURN_MS;
    }
    return embeddingsText(vectors, about, settings, isSingle);
  });
}

async function readably(read: () => Promise<Translated>): Promise<Translated> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UnreadableJson) return { problem: error.message };
    throw error;
  }
}

const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const BYTE_ORDER_MARK = Buffer.from('\uFEFF');
/** What servers put behind an answer that they say is a stream of events. */
const EVENT = Buffer.from('data:');

const fields = (walk: JsonWalk, { start }: Range): Promise<ReadonlyMap<string, Range>> => inTurns(walk.fields(start));
const items = (walk: JsonWalk, { start }: Range, most?: number): Promise<readonly Range[]> =>
  inTurns(walk.items(start, most));

async function topFields(body: Buffer, walk: JsonWalk): Promise<ReadonlyMap<string, Range>> {
  const hasMark = body.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  const start = await inTurns(walk.skipBlanks(hasMark ? BYTE_ORDER_MARK.length : 0));
  if (body[start] === OPEN_BRACKET) throw new UnreadableJson('The endpoint’s answer is not a JSON object.');
  const found = await fields(walk, { start, end: body.length });
  const end = await inTurns(walk.valueEnd(start));
  const rest = await inTurns(walk.skipBlanks(end));
  if (rest < body.length && !body.subarray(rest, rest + EVENT.length).equals(EVENT)) throw notJson();
  return found;
}

/** Parses some fields of an answer, as far as all of them together are not too long or too intricate. */
class Picked {
  #bytes = 0;

  constructor(private readonly body: Buffer) {}

  async parse(
    walk: JsonWalk,
    from: ReadonlyMap<string, Range>,
    names: readonly string[],
  ): Promise<Record<string, unknown>> {
    const parsed: Record<string, unknown> = {};
    for (const name of names) {
      const range = from.get(name);
      if (range === undefined) continue;
      this.#bytes += range.end - range.start;
      const isLongCall = CALL_FIELDS.includes(name) && range.end - range.start > LONGEST_CALLS;
      if (this.#bytes > PARSED.longestBytes || isLongCall) {
        throw new UnreadableJson('The endpoint’s answer is too long to be translated.');
      }
      const before = walk.entries;
      await inTurns(walk.valueEnd(range.start));
      if (walk.entries - before > PARSED.mostEntries) throw tooIntricate();
      parsed[name] = parse(this.body.subarray(range.start, range.end));
      if (range.end - range.start > SHORT_BYTES) await nextTurn();
    }
    return parsed;
  }
}

function* vectorOf(body: Buffer, walk: JsonWalk, row: Range): Generator<void, Vector> {
  if (body[row.start] !== OPEN_BRACE) throw noEmbeddings();
  const about = yield* walk.fields(row.start);
  const vector = about.get('embedding');
  if (vector === undefined || vector.end - vector.start > LONGEST_VECTOR) throw noEmbeddings();
  const bytes = body.subarray(vector.start, vector.end);
  if (body[vector.start] !== OPEN_BRACKET || !isVector(parse(bytes))) throw noEmbeddings();
  const place = about.get('index');
  const index = place === undefined ? 0 : Number(parse(body.subarray(place.start, place.end)));
  return { index, text: bytes };
}

const isVector = (value: unknown): boolean =>
  Array.isArray(value) && value.every((one) => typeof one === 'number') && !isFields(value);

const noEmbeddings = (): UnreadableJson => new UnreadableJson('The endpoint gave no embeddings.');
