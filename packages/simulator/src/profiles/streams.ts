import type { Profile, StreamRule } from '../profile.js';
import type { Json, Reply } from '../reply.js';

const HUGE_LINE_BYTES = 8 * 1024 * 1024;
const ERROR: Json = { error: { message: 'The engine died.', type: 'server_error', code: 500 } };
const EVENT_STREAM = [['Content-Type', 'text/event-stream']] as const;

function streaming(id: string, name: string, title: string, stream: StreamRule): Profile {
  return {
    id,
    names: [name],
    title,
    kind: 'OPENAI',
    base: '/v1',
    lists: { data: { id: '$id', object: 'model', created: 1_760_000_000, owned_by: 'simulator' } },
    models: [{ id: 'stream-model' }],
    unknownModel: 'ignored',
    stream,
  };
}

function answered(reply: Reply): StreamRule {
  return { instead: reply };
}

function toolCall(index: number | null, id: string | null, name: string | null, text: string): Json {
  return {
    ...(index === null ? {} : { index }),
    ...(id === null ? {} : { id, type: 'function' }),
    function: { ...(name === null ? {} : { name }), arguments: text },
  };
}

const framing: readonly Profile[] = [
  streaming('S01', 'sse-crlf', 'Lines end in CR LF', { newline: '\r\n' }),
  streaming('S01b', 'sse-cr', 'Lines end in a lone CR', { newline: '\r' }),
  streaming('S01c', 'sse-no-space', 'No space after data:', { field: 'data:' }),
  streaming('S01d', 'sse-multi-line', 'One event over two data lines', { multiLine: true }),
  streaming('S01e', 'sse-extra-lines', 'event: and id: lines', { extraLines: ['event: message', 'id: 7'] }),
  streaming('S01f', 'sse-no-blank-line', 'No blank line after the last event', { end: 'no-blank-line' }),
  streaming('S02', 'sse-comments', 'Comments before and between events', {
    prologue: [': OPENROUTER PROCESSING\n\n'],
    heartbeat: ': keep-alive\n\n',
  }),
  streaming('S12', 'one-byte-writes', 'One byte at a time', { bytesPerWrite: 1 }),
  streaming('S12b', 'seven-byte-writes', 'Seven bytes at a time, CR LF', { bytesPerWrite: 7, newline: '\r\n' }),
  streaming('S13', 'huge-line', 'One line of 8 MB', { padBytes: HUGE_LINE_BYTES }),
];

const usage: readonly Profile[] = [
  streaming('S03', 'usage-asked', 'Usage in a chunk without choices, if asked for', { usage: 'asked' }),
  streaming('S03b', 'usage-null-until-finish', 'usage: null until the last chunk', { usage: 'null-until-finish' }),
  streaming('S03c', 'usage-x-groq', 'Usage inside x_groq', { usage: 'x-groq' }),
  streaming('S03d', 'usage-finish-chunk', 'Usage in the last chunk, unasked', { usage: 'finish-chunk' }),
  streaming('S03e', 'usage-every-chunk', 'Usage so far on every chunk', { usage: 'every-chunk' }),
  streaming('S03f', 'usage-never', 'No usage, whatever is asked', { usage: 'never' }),
  streaming('S04', 'refuses-stream-options', 'stream_options is refused with 422', {
    refuseOptions: { status: 422, json: { detail: [{ loc: ['body', 'stream_options'], msg: 'Extra inputs' }] } },
  }),
  streaming('S04b', 'refuses-stream-options-400', 'stream_options is refused with 400', {
    refuseOptions: { status: 400, json: { error: { message: 'Unknown field stream_options', type: 'invalid' } } },
  }),
];

const content: readonly Profile[] = [
  streaming('S05', 'filter-chunks', "Azure's chunks without choices, and choices without delta", {
    first: [
      { id: '', choices: [], prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }] },
      { choices: [{ index: 0, finish_reason: null, content_filter_results: {} }] },
    ],
  }),
  streaming('S06', 'finish-absent', 'No finish_reason on deltas', { openFinish: 'absent' }),
  streaming('S06b', 'finish-empty', 'finish_reason is an empty string on deltas', { openFinish: '' }),
  streaming('S06c', 'finish-never', '[DONE] without any finish_reason', { finish: 'never' }),
  streaming('S06d', 'finish-with-last', 'finish_reason on the last word', { finish: 'with-last' }),
  streaming('S07', 'reasoning-content', 'reasoning_content', { reasoning: { as: 'reasoning_content', text: 'Hm.' } }),
  streaming('S07b', 'reasoning', 'reasoning', { reasoning: { as: 'reasoning', text: 'Hm.' } }),
  streaming('S07c', 'reasoning-parts', 'Thinking as a part of the content', {
    reasoning: { as: 'parts', text: 'Hm.' },
  }),
  streaming('S07d', 'think-tag', 'Thinking in the text', { reasoning: { as: 'think-tag', text: 'Hm.' } }),
  streaming('S08', 'tools-no-index', 'Tool calls without index', {
    toolCalls: [[toolCall(null, 'call_1', 'weather', '{"city":"Oslo"}')], [toolCall(null, 'call_2', 'time', '{}')]],
  }),
  streaming('S08b', 'tools-index-zero', 'Two tool calls, both with index 0', {
    toolCalls: [[toolCall(0, 'call_1', 'weather', '{"city":"Oslo"}')], [toolCall(0, 'call_2', 'time', '{}')]],
  }),
  streaming('S08c', 'tools-split', 'Arguments in pieces, the id on the first', {
    toolCalls: [
      [toolCall(0, 'call_1', 'weather', '')],
      [toolCall(0, null, null, '{"city"')],
      [toolCall(0, null, null, ':"Oslo"}')],
    ],
  }),
];

const failures: readonly Profile[] = [
  streaming('S09', 'error-then-done', 'An error among the events, then [DONE]', {
    error: { afterTokens: 2, frame: ERROR },
  }),
  streaming('S09b', 'error-with-choices', 'An error with choices and finish_reason: error', {
    error: {
      afterTokens: 2,
      frame: {
        id: 'gen-1',
        error: { code: 502, message: 'Provider disconnected' },
        choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }],
      },
    },
  }),
  streaming('S09c', 'error-no-done', 'An error among the events, then the end', {
    error: { afterTokens: 2, frame: ERROR },
    done: false,
  }),
  streaming('S10', 'truncated-clean', 'A clean end without finish_reason and [DONE]', { finish: 'never', done: false }),
  streaming('S10b', 'truncated-reset', 'A reset in the midst of it', { finish: 'never', done: false, end: 'reset' }),
  streaming('S10c', 'stalled', 'Silence in the midst of it', { finish: 'never', done: false, end: 'hold' }),
  streaming(
    'S11',
    'error-as-stream',
    'An error status with text/event-stream',
    answered({ status: 500, headers: EVENT_STREAM, text: `data: ${JSON.stringify(ERROR)}\n\n` }),
  ),
  streaming(
    'S11b',
    'json-for-stream',
    'JSON in answer to stream: true',
    answered({
      json: {
        id: 'chatcmpl-1',
        object: 'chat.completion',
        created: 1_760_000_000,
        model: 'stream-model',
        choices: [{ index: 0, message: { role: 'assistant', content: 'Not streamed.' }, finish_reason: 'stop' }],
      },
    }),
  ),
];

/** Each frames a streamed chat in one particular way. */
export const streamProfiles: readonly Profile[] = [...framing, ...usage, ...content, ...failures];
