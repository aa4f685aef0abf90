import { HOSTILE_DOCUMENTS } from '../support/hostile-documents.js';
import { events, gzipped, json, MODEL, namesList, numbered, type GuardedWorld } from './guarded-world.js';

/**
 * The longest stretch, in milliseconds of CPU, that the event loop may be held: on the gateway's path, and elsewhere.
 */
const GATEWAY_MS = 20;
const ANYWHERE_MS = 50;
const MB = 1024 * 1024;
/** A little below the largest body, list and answer that are taken. */
const LARGEST = 31 * MB;

/** The dearest input of one kind that is allowed, or refused only after it has been looked at. */
export interface DearInput {
  readonly kind: string;
  readonly limitMs: number;
  /** Sets what the endpoints answer. Not measured. */
  prepare?(world: GuardedWorld): void;
  /**
   * Is measured. Gives what the caller got, so that a case which does not do what it says is seen: a status, or an
   * error code.
   */
  send(world: GuardedWorld): Promise<number | string>;
  readonly gives: number | string;
}

const chatOf = (rest: string): string => `{"model":"${MODEL}","messages":[],${rest}}`;
const fill = (piece: string, bytes: number): string => piece.repeat(Math.floor(bytes / piece.length));
const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const post = (path: string, body: () => string | Buffer, headers?: Record<string, string>) => {
  let made: string | Buffer | undefined;
  return (world: GuardedWorld) => world.post(path, (made ??= body()), headers);
};
const graphql = (who: 'admin' | 'member' | 'stranger', query: string) => async (world: GuardedWorld) => {
  const { errors } = await world[who].graphql(query);
  return errors?.[0]?.extensions.code ?? 'data';
};
const check = async (world: GuardedWorld): Promise<string> => {
  await world.check();
  return 'checked';
};
const aliases = (count: number, field: string): string =>
  Array.from({ length: count }, (_, index) => `a${String(index)}: ${field}`).join(' ');

/** New routes, lists and operations join here with the dearest that they take. */
export const DEAREST_INPUTS: readonly DearInput[] = [
  // Bodies of callers.
  {
    kind: 'a chat body of nothing but commas',
    limitMs: GATEWAY_MS,
    gives: 200,
    send: post('/v1/chat/completions', () => chatOf(`"x":[${fill('0,', LARGEST)}0]`)),
  },
  {
    kind: 'a chat body of a million keys',
    limitMs: GATEWAY_MS,
    gives: 200,
    send: post('/v1/chat/completions', () =>
      chatOf(Array.from({ length: 1_000_000 }, (_, index) => `"k${String(index)}":0`).join(',')),
    ),
  },
  {
    kind: 'a chat body of one long text full of escapes',
    limitMs: GATEWAY_MS,
    gives: 200,
    send: post('/v1/chat/completions', () => chatOf(`"x":"${fill('\\u0041\\"', LARGEST)}"`)),
  },
  {
    kind: 'a chat body with a picture of 20 MB',
    limitMs: GATEWAY_MS,
    gives: 200,
    send: post('/v1/chat/completions', () => chatOf(`"x":"${'A'.repeat(20 * MB)}"`)),
  },
  {
    kind: 'a compressed chat body',
    limitMs: GATEWAY_MS,
    gives: 200,
    send: post('/v1/chat/completions', () => gzipped(chatOf(`"x":[${fill('0,', LARGEST)}0]`)), {
      'content-encoding': 'gzip',
    }),
  },
  {
    kind: 'an Ollama chat of as many messages as are translated',
    limitMs: GATEWAY_MS,
    gives: 200,
    prepare: ({ chats }) => (chats.answer = json('{"choices":[{"message":{"content":"x"},"finish_reason":"stop"}]}')),
    send: post(
      '/api/chat',
      () =>
        // An object and two entries each, of 50,000.
        `{"model":"${MODEL}","stream":false,"messages":[${'{"role":"user","content":"x"},'.repeat(16_000)}{"role":"user","content":"x"}]}`,
    ),
  },
  // Answers of endpoints, translated for Ollama's clients.
  {
    kind: 'a translated answer of empty objects',
    limitMs: GATEWAY_MS,
    gives: 502,
    prepare: ({ chats }) => (chats.answer = json(`{"choices":[${fill('{},', LARGEST)}{}]}`)),
    send: post('/api/chat', () => `{"model":"${MODEL}","stream":false,"messages":[{"role":"user","content":"x"}]}`),
  },
  {
    kind: 'a translated answer of nested lists',
    limitMs: GATEWAY_MS,
    gives: 502,
    prepare: ({ chats }) => (chats.answer = json(`{"choices":${deep(15 * MB)}}`)),
    send: post('/api/chat', () => `{"model":"${MODEL}","stream":false,"messages":[{"role":"user","content":"x"}]}`),
  },
  {
    kind: 'a translated answer of empty objects where its tool calls are',
    limitMs: GATEWAY_MS,
    gives: 502,
    prepare: ({ chats }) =>
      (chats.answer = json(`{"choices":[{"message":{"tool_calls":[${fill('{},', LARGEST)}{}]}}]}`)),
    send: post('/api/chat', () => `{"model":"${MODEL}","stream":false,"messages":[{"role":"user","content":"x"}]}`),
  },
  {
    kind: 'a translated answer of millions of keys',
    limitMs: GATEWAY_MS,
    gives: 502,
    prepare: ({ chats }) => (chats.answer = json(`{${fill('"a":1,', LARGEST)}"b":2}`)),
    send: post('/api/chat', () => `{"model":"${MODEL}","stream":false,"messages":[{"role":"user","content":"x"}]}`),
  },
  {
    kind: 'translated embeddings of 12 MB',
    limitMs: GATEWAY_MS,
    gives: 200,
    prepare: ({ chats }) => {
      const one = `{"object":"embedding","index":0,"embedding":[${fill('0.12345678,', 16_000)}0.5]}`;
      chats.answer = json(`{"object":"list","data":[${fill(`${one},`, 12 * MB)}${one}]}`);
    },
    send: post('/api/embed', () => `{"model":"${MODEL}","input":["x"]}`),
  },
  {
    kind: 'a translated stream of long events',
    limitMs: GATEWAY_MS,
    gives: 200,
    prepare: ({ chats }) => {
      const event = `{"choices":[{"index":0,"delta":{"content":"${'word '.repeat(100_000)}"}}]}`;
      chats.answer = events(...Array.from({ length: 20 }, () => event));
    },
    send: post('/api/chat', () => `{"model":"${MODEL}","messages":[{"role":"user","content":"x"}]}`),
  },
  {
    kind: 'a translated stream of one event as long as is taken',
    limitMs: GATEWAY_MS,
    gives: 200,
    prepare: ({ chats }) => {
      const call = `{"index":0,"id":"a","function":{"name":"f","arguments":{"x":"${fill('1234567890123456 ', 0.9 * MB)}"}}}`;
      chats.answer = events(`{"choices":[{"index":0,"delta":{"tool_calls":[${call}]},"finish_reason":"stop"}]}`);
    },
    send: post('/api/chat', () => `{"model":"${MODEL}","messages":[{"role":"user","content":"x"}]}`),
  },
  {
    kind: 'a translated stream of one event full of quotes',
    limitMs: GATEWAY_MS,
    gives: 200,
    prepare: ({ chats }) =>
      (chats.answer = events(`{"choices":[{"index":0,"delta":{"content":"${fill('\\"', 0.9 * MB)}"}}]}`)),
    send: post('/api/chat', () => `{"model":"${MODEL}","messages":[{"role":"user","content":"x"}]}`),
  },
  {
    kind: 'a stream of one line of 16 MB, passed on',
    limitMs: GATEWAY_MS,
    gives: 200,
    prepare: ({ chats }) => (chats.answer = events(`{"usage":null,"x":"${'A'.repeat(16 * MB)}"}`)),
    send: post('/v1/chat/completions', () => chatOf('"stream":true')),
  },
  // Lists of endpoints.
  {
    kind: 'a check that finds 20,000 models',
    limitMs: ANYWHERE_MS,
    gives: 'checked',
    prepare: ({ lists }) => (lists.list = namesList(numbered(20_000))),
    send: check,
  },
  {
    kind: 'a check that finds 15,000 of them gone',
    limitMs: ANYWHERE_MS,
    gives: 'checked',
    prepare: ({ lists }) => (lists.list = namesList(numbered(5_000))),
    send: check,
  },
  {
    kind: 'a list of models that is far too long',
    limitMs: ANYWHERE_MS,
    gives: 'checked',
    prepare: ({ lists }) => (lists.list = namesList(numbered(600_000))),
    send: check,
  },
  {
    kind: 'a list of models that is nested without end',
    limitMs: ANYWHERE_MS,
    gives: 'checked',
    prepare: ({ lists }) => (lists.list = Buffer.from(`{"data":${deep(15 * MB)}}`)),
    send: check,
  },
  {
    kind: 'a list of models with an entry of a million keys',
    limitMs: ANYWHERE_MS,
    gives: 'checked',
    prepare: ({ lists }) => {
      const keys = Array.from({ length: 1_000_000 }, (_, index) => `"k${String(index)}":0`).join(',');
      lists.list = Buffer.from(`{"data":[{"id":"x",${keys}}]}`);
    },
    send: check,
  },
  // Lists of ours.
  { kind: '/v1/models of all names', limitMs: GATEWAY_MS, gives: 200, send: (world) => world.get('/v1/models') },
  { kind: '/api/tags of all names', limitMs: GATEWAY_MS, gives: 200, send: (world) => world.get('/api/tags') },
  {
    kind: 'a chat with a name that nobody serves, among many that are like it',
    limitMs: GATEWAY_MS,
    gives: 404,
    send: post('/v1/chat/completions', () => `{"model":"vendor/model-${'9'.repeat(180)}","messages":[]}`),
  },
  // GraphQL.
  {
    kind: 'every field of 5,000 models, once',
    limitMs: ANYWHERE_MS,
    gives: 'data',
    send: graphql('member', '{ models(first: 5000) { id name upstreamId ownedBy capabilities contextLength family } }'),
  },
  {
    kind: 'four lists of 5,000 models, read side by side',
    limitMs: ANYWHERE_MS,
    gives: 'data',
    send: graphql(
      'member',
      `{ ${aliases(4, 'models(first: 5000) { id name upstreamId ownedBy capabilities contextLength family parameterSize quantization }')} }`,
    ),
  },
  {
    kind: 'three lists of 5,000 models with all their fields, in one document',
    limitMs: ANYWHERE_MS,
    gives: 'data',
    send: graphql(
      'member',
      `{ ${aliases(3, 'models(first: 5000) { id name upstreamId ownedBy capabilities contextLength family parameterSize quantization sizeBytes loaded available firstSeenAt lastSeenAt vanishedAt }')} }`,
    ),
  },
  {
    kind: 'four dear documents at once',
    limitMs: ANYWHERE_MS,
    gives: 'data',
    send: async (world) => {
      const dear = '{ models(first: 5000) { id name upstreamId ownedBy capabilities contextLength family } }';
      // Each is another text, so that none is an answer that was kept for another.
      const codes = await Promise.all(
        [1, 2, 3, 4].map((number) => graphql('member', `${dear} # ${String(number)}`)(world)),
      );
      return codes.every((code) => code === 'data') ? 'data' : codes.join();
    },
  },
  {
    kind: '20 searches that find nothing',
    limitMs: ANYWHERE_MS,
    gives: 'data',
    send: graphql(
      'member',
      `{ ${Array.from({ length: 20 }, (_, at) => `q${String(at)}: models(filter: { search: "zz${String(at)}" }) { id }`).join(' ')} }`,
    ),
  },
  {
    kind: '5,000 served models, each with the models behind it',
    limitMs: ANYWHERE_MS,
    gives: 'data',
    send: graphql('member', '{ servedModels(first: 5000) { name available models { id name shadowed } } }'),
  },
  {
    kind: '5,000 models, each with its connection',
    limitMs: ANYWHERE_MS,
    gives: 'data',
    send: graphql('admin', '{ models(first: 5000) { id connection { id name status } } }'),
  },
  {
    kind: 'a document of many lists under many aliases',
    limitMs: ANYWHERE_MS,
    gives: 'QUERY_TOO_EXPENSIVE',
    send: graphql('member', `{ ${aliases(15, `models(first: 5000) { ${aliases(50, 'name')} }`)} }`),
  },
  {
    kind: '5,000 served models, by name',
    limitMs: ANYWHERE_MS,
    gives: 'data',
    send: graphql('member', '{ servedModels(first: 5000) { name capabilities contextLength available } }'),
  },
  {
    kind: 'all served models, where there are more than are given without paging',
    limitMs: ANYWHERE_MS,
    gives: 'QUERY_TOO_EXPENSIVE',
    send: graphql('member', '{ servedModels { name } }'),
  },
  {
    kind: 'introspection by a stranger',
    limitMs: ANYWHERE_MS,
    gives: 'data',
    send: async (world) => {
      const { getIntrospectionQuery } = await import('graphql');
      return graphql('stranger', getIntrospectionQuery())(world);
    },
  },
  {
    kind: 'introspection of 12 kB by a stranger',
    limitMs: ANYWHERE_MS,
    gives: 'refused',
    send: async (world) => {
      const field = '__schema { types { fields { name type { name } args { name } } } }';
      const code = await graphql('stranger', `{ ${aliases(150, field)} }`)(world);
      return code === 'data' ? 'data' : 'refused';
    },
  },
  {
    kind: 'a document whose selections overlap',
    limitMs: ANYWHERE_MS,
    gives: 'refused',
    send: async (world) => {
      const code = await graphql('stranger', `{ ${fill('me { name } ', 12_000)} }`)(world);
      return code === 'data' ? 'data' : 'refused';
    },
  },
  ...HOSTILE_DOCUMENTS.map(([what, query]): DearInput => ({
    kind: `a document of a stranger with ${what}`,
    limitMs: ANYWHERE_MS,
    gives: 'refused',
    send: async (world) => ((await graphql('stranger', query)(world)) === 'data' ? 'data' : 'refused'),
  })),
];
