import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { readJson } from '../test/read-json.js';
import { runSimulatorCommand } from './command-line.js';
import { startSimulator } from './simulator.js';

interface Tags {
  readonly models: readonly unknown[];
}

function run(args: readonly string[]) {
  const input = new PassThrough();
  const output = new PassThrough({ encoding: 'utf8' });
  const ending = new AbortController();
  const code = runSimulatorCommand(args, { input, output, signal: ending.signal });
  const say = async (line: string): Promise<string> => {
    input.write(`${line}\n`);
    const [answer] = await once(output, 'data');
    return answer;
  };
  return { code, output, ending, say };
}

describe('the simulator command', () => {
  it('prints where it listens, obeys what is typed, and ends on quit', async () => {
    const { code, output, say } = run(['--profile', 'ollama', '--models', 'a,b', '--key', 'sk']);
    const [welcome] = await once(output, 'data');
    const url = /http:\S+/.exec(welcome)?.[0] ?? '';
    const headers = { authorization: 'Bearer sk' };
    const tags = async (): Promise<Response> => fetch(`${url}/api/tags`, { headers });
    expect((await readJson<Tags>(tags())).models).toHaveLength(2);
    expect(await say('models one')).toBe('It has 1 models.\n');
    expect((await readJson<Tags>(tags())).models).toHaveLength(1);
    await say('401');
    expect((await tags()).status).toBe(401);
    await say('503 later');
    expect(await (await tags()).text()).toBe('later');
    await say('down');
    await expect(tags()).rejects.toThrow();
    await say('reset');
    expect((await tags()).status).toBe(200);
    expect(await say('slow much')).toBe('A whole number is needed.\n');
    expect(await say('dance')).toMatch(/Unknown command "dance"/);
    void say('quit');
    expect(await code).toBe(0);
  });

  it('ends when the process is told to', async () => {
    const { code, output, ending } = run(['--profile', 'vllm']);
    await once(output, 'data');
    ending.abort();
    expect(await code).toBe(0);
  });

  it('says so when the port is taken', async () => {
    const other = await startSimulator({ profile: 'vllm' });
    const { code, output } = run(['--profile', 'vllm', '--port', String(other.port)]);
    expect(await code).toBe(1);
    expect(output.read()).toBe(`Port ${other.port} is taken. Choose another with --port, or end what listens there.\n`);
    await other.close();
  });

  it.each([
    [['--list'], 0, /M05 {3}llama-cpp/],
    [[], 1, /--profile is missing/],
    [['--profile', 'vllm', '--port', 'x'], 1, /--port is a number/],
    [['--colour'], 1, /Unknown option/],
    [['--profile', 'nothing'], 1, /There is no profile "nothing"/],
  ])('answers %j with exit code %i', async (args, expected, text) => {
    const { code, output } = run(args);
    expect(await code).toBe(expected);
    expect(output.read()).toMatch(text);
  });
});
