import type { StreamRule } from '../profile.js';
import type { GeneratedText } from '../replies/generated-text.js';
import { isObject } from '../replies/template.js';
import type { HeaderList, Json, JsonObject, Reply } from '../reply.js';

/** What all chunks of one answer share. */
export interface Frame {
  /** id, object, created, model and what the server adds. */
  readonly base: JsonObject;
  /** `delta` for a chat, `text` for a completion. */
  readonly field: 'delta' | 'text';
  readonly usage: JsonObject;
  readonly usageAsked: boolean;
}

const EVENT_STREAM: HeaderList = [['Content-Type', 'text/event-stream']];

/** A generated text as the stream that a server with this rule makes of it. */
export function streamReply(text: GeneratedText, frame: Frame, rule: StreamRule): Reply {
  const events = [
    ...chunksOf(text, frame, rule).map((chunk) => formatEvent(JSON.stringify(chunk), rule)),
    ...(rule.done === false ? [] : [formatEvent('[DONE]', rule)]),
  ];
  if (rule.end === 'no-blank-line') events.push((events.pop() ?? '').trimEnd());
  const joined = join(events, rule);
  const spaced =
    rule.heartbeat === undefined ? joined : joined.flatMap((event) => [rule.heartbeat ?? '', event]).slice(1);
  const chunks = [...(rule.prologue ?? []), ...spaced];
  return {
    headers: rule.headers ?? EVENT_STREAM,
    chunks,
    ...(rule.bytesPerWrite === undefined ? {} : { bytesPerChunk: rule.bytesPerWrite }),
    end: rule.end === 'reset' || rule.end === 'hold' ? rule.end : 'clean',
  };
}

function chunksOf(text: GeneratedText, frame: Frame, rule: StreamRule): readonly Json[] {
  const deltas = deltasOf(text, frame, rule);
  const head = (rule.first ?? []).map((chunk) => (isObject(chunk) ? { ...frame.base, ...chunk } : chunk));
  if (rule.error !== undefined) {
    const until =
      frame.field === 'delta' && rule.role !== 'every-delta' ? rule.error.afterTokens + 1 : rule.error.afterTokens;
    const before = deltas.slice(0, until).map((delta) => chunkOf(frame, rule, delta, null));
    return [...head, ...before, rule.error.frame];
  }
  const usage = rule.usage ?? 'asked';
  const withLast = rule.finish === 'with-last';
  const body = deltas.map((delta, index) =>
    chunkOf(frame, rule, delta, withLast && index === deltas.length - 1 ? text.finishReason : null),
  );
  const finish = rule.finish === undefined || rule.finish === 'own-chunk';
  const last = finish ? [chunkOf(frame, rule, frame.field === 'delta' ? {} : '', text.finishReason)] : [];
  return [...head, ...withUsage([...body, ...last], frame, usage)];
}

/** Deltas in order: the role, the reasoning, then the words or tool calls. */
function deltasOf({ tokens }: GeneratedText, { field }: Frame, rule: StreamRule): readonly Json[] {
  const padded = rule.padBytes === undefined ? tokens : ['x'.repeat(rule.padBytes), ...tokens];
  if (field === 'text') return padded;
  if (rule.toolCalls !== undefined) {
    return [{ role: 'assistant', content: null }, ...rule.toolCalls.map((calls) => ({ tool_calls: calls }))];
  }
  const reasoning = reasoningDeltas(rule);
  if (rule.role === 'every-delta') {
    return [...reasoning, ...padded.map((content) => ({ role: 'assistant', content }))];
  }
  const role = { role: 'assistant', content: rule.roleContent === undefined ? '' : rule.roleContent };
  return [role, ...reasoning, ...padded.map((content) => ({ content }))];
}

function reasoningDeltas({ reasoning }: StreamRule): readonly Json[] {
  if (reasoning === undefined) return [];
  switch (reasoning.as) {
    case 'parts':
      return [{ content: [{ type: 'thinking', thinking: [{ type: 'text', text: reasoning.text }] }] }];
    case 'think-tag':
      return [{ content: '<think>' }, { content: reasoning.text }, { content: '</think>' }];
    default:
      return [{ [reasoning.as]: reasoning.text, content: null }];
  }
}

function chunkOf({ base, field }: Frame, rule: StreamRule, delta: Json, finishReason: string | null): JsonObject {
  const open = rule.openFinish === undefined ? null : rule.openFinish;
  const finish = finishReason ?? open;
  const choice = { index: 0, [field]: delta, ...(finish === 'absent' ? {} : { finish_reason: finish }) };
  return { ...base, choices: [choice] };
}

function withUsage(
  chunks: readonly JsonObject[],
  frame: Frame,
  style: NonNullable<StreamRule['usage']>,
): readonly Json[] {
  const { usage, base, usageAsked } = frame;
  const last = chunks.length - 1;
  switch (style) {
    case 'never':
      return chunks;
    case 'asked':
      return usageAsked ? [...chunks, { ...base, choices: [], usage }] : chunks;
    case 'always':
      return [...chunks, { ...base, choices: [], usage }];
    case 'finish-chunk':
      return chunks.map((chunk, index) => (index === last ? { ...chunk, usage } : chunk));
    case 'null-until-finish':
      return chunks.map((chunk, index) => ({ ...chunk, usage: index === last ? usage : null }));
    case 'every-chunk':
      return chunks.map((chunk, index) => ({
        ...chunk,
        usage: index === last ? usage : { ...usage, completion_tokens: index },
      }));
    case 'x-groq':
      return chunks.map((chunk, index) => (index === last ? { ...chunk, x_groq: { id: 'req_1', usage } } : chunk));
  }
}

function formatEvent(data: string, rule: StreamRule): string {
  const newline = rule.newline ?? '\n';
  const field = rule.field ?? 'data: ';
  // Split after the first comma, where JSON may have white space.
  const cut = rule.multiLine === true ? data.indexOf(',') + 1 : 0;
  const lines = cut > 0 ? [data.slice(0, cut), data.slice(cut)] : [data];
  const all = [...(rule.extraLines ?? []), ...lines.map((line) => `${field}${line}`)];
  return all.map((line) => `${line}${newline}`).join('') + newline;
}

function join(events: readonly string[], { join: how = 'none' }: StreamRule): readonly string[] {
  let parts = events;
  if (how === 'first' || how === 'first-and-last') parts = [parts.slice(0, 2).join(''), ...parts.slice(2)];
  if (how === 'last' || how === 'first-and-last') parts = [...parts.slice(0, -3), parts.slice(-3).join('')];
  return parts;
}
