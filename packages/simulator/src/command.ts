import type { Simulator } from './simulator.js';

export const COMMAND_HELP =
  'down · up · hang · slow MS · first-byte MS · chunk MS · loading [MS] · 401 (or any status) · models A B … · ' +
  'cut CHUNKS [reset|clean-end] · use NAME … · reset · requests · quit';

type Action = (simulator: Simulator, words: readonly string[]) => Promise<string> | string;

const ACTIONS: Readonly<Record<string, Action>> = {
  down: async ({ control }) => {
    await control.down();
    return 'It no longer listens.';
  },
  up: async ({ control, url }) => {
    await control.up();
    return `It listens at ${url}.`;
  },
  hang: ({ control }) => {
    control.hang();
    return 'It accepts requests and answers none.';
  },
  slow: ({ control }, words) => {
    const ms = number(words[0]);
    control.slow(ms);
    return `Every answer takes ${ms} ms longer.`;
  },
  'first-byte': ({ control }, words) => {
    const ms = number(words[0]);
    control.delayFirstByte(ms);
    return `Bodies begin ${ms} ms after their head.`;
  },
  chunk: ({ control }, words) => {
    const ms = number(words[0]);
    control.chunkDelay(ms);
    return `Chunks come ${ms} ms apart.`;
  },
  loading: ({ control }, words) => {
    control.loading(words[0] === undefined ? undefined : number(words[0]));
    return 'It loads its model: 503.';
  },
  models: ({ control }, words) => {
    control.setModels(words);
    return `It has ${words.length} models.`;
  },
  cut: ({ control }, words) => {
    const how = words[1] === 'clean-end' ? 'clean-end' : 'reset';
    control.cutStream({ afterChunks: number(words[0]), how });
    return `Streams end early: ${how}.`;
  },
  use: ({ control }, words) => {
    control.use(...words);
    return `It prefers ${words.join(', ')}.`;
  },
  reset: async ({ control }) => {
    await control.reset();
    return 'It is as it was started.';
  },
  requests: ({ requests }) =>
    requests
      .slice(-10)
      .map(({ at, method, path }) => `${at.toISOString()} ${method} ${path}`)
      .join('\n') || 'None yet.',
};

/** Carries out one typed command and says what it did. Throws with a message for the person who typed it. */
export async function runCommand(simulator: Simulator, line: string): Promise<string> {
  const [verb = '', ...words] = line.trim().split(/\s+/);
  if (verb === '401') {
    simulator.control.unauthorized();
    return 'It refuses every key.';
  }
  if (/^[2-5]\d\d$/.test(verb)) {
    simulator.control.answer(Number(verb), words.length > 0 ? words.join(' ') : undefined);
    return `It answers everything with ${verb}.`;
  }
  const action = Object.hasOwn(ACTIONS, verb) ? ACTIONS[verb] : undefined;
  if (action === undefined) throw new Error(`Unknown command "${verb}". ${COMMAND_HELP}`);
  return action(simulator, words);
}

function number(word: string | undefined): number {
  const value = Number(word);
  if (word === undefined || !Number.isInteger(value) || value < 0) throw new Error('A whole number is needed.');
  return value;
}
