import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { COMMAND_HELP, runCommand } from './command.js';
import { profiles } from './profiles/index.js';
import { isObject } from './replies/template.js';
import { startSimulator, type Simulator, type SimulatorOptions } from './simulator.js';

interface CommandLineIo {
  readonly input: Readable;
  readonly output: Writable;
  /** Aborted when the process is told to end. */
  readonly signal: AbortSignal;
}

const USAGE = 'npm run simulator -- --profile NAME [--port N] [--host ADDRESS] [--key KEY] [--models A,B] [--list]';

/** Runs one endpoint until it is told to end, and returns the exit code. */
export async function runSimulatorCommand(args: readonly string[], io: CommandLineIo): Promise<number> {
  const print = (text: string): void => void io.output.write(`${text}\n`);
  const options = readOptions(args);
  if (typeof options === 'string') {
    print(options);
    return options.startsWith(USAGE) ? 1 : 0;
  }
  try {
    const simulator = await startSimulator(options);
    print(`${simulator.profile.title}\n${simulator.url}\nType: ${COMMAND_HELP}`);
    await obey(simulator, io, print);
    await simulator.close();
    return 0;
  } catch (error) {
    print(explain(error, options));
    return 1;
  }
}

/** What to start, or a text to print in its place. */
function readOptions(args: readonly string[]): SimulatorOptions | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        profile: { type: 'string' },
        port: { type: 'string', default: '0' },
        host: { type: 'string' },
        key: { type: 'string' },
        models: { type: 'string' },
        list: { type: 'boolean', default: false },
      },
    });
    if (values.list) return listProfiles();
    if (values.profile === undefined) return `${USAGE}\n--profile is missing; --list shows what there is.`;
    const port = Number(values.port);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) return `${USAGE}\n--port is a number up to 65535.`;
    return {
      profile: values.profile,
      port,
      ...(values.host === undefined ? {} : { host: values.host }),
      ...(values.key === undefined ? {} : { key: values.key }),
      ...(values.models === undefined ? {} : { models: values.models.split(',').filter((id) => id !== '') }),
    };
  } catch (error) {
    return `${USAGE}\n${messageOf(error)}`;
  }
}

/** Follows typed commands until "quit" or the signal. A closed input leaves the endpoint running. */
async function obey(
  simulator: Simulator,
  { input, signal }: CommandLineIo,
  print: (text: string) => void,
): Promise<void> {
  const lines = createInterface({ input });
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
    lines.on('line', (line) => {
      if (line.trim() === 'quit') resolve();
      else if (line.trim() !== '')
        void runCommand(simulator, line).then(print, (error: unknown) => print(messageOf(error)));
    });
  });
  lines.close();
}

function listProfiles(): string {
  const rows = profiles.map(({ id, names, title }) => `${id.padEnd(5)} ${names.join(', ').padEnd(34)} ${title}`);
  return rows.join('\n');
}

function explain(error: unknown, { port, host }: SimulatorOptions): string {
  const code = isObject(error) ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return `Port ${port ?? 0} is taken. Choose another with --port, or end what listens there.`;
  if (code === 'EADDRNOTAVAIL') return `${host ?? 'The host'} is not an address of this machine.`;
  return messageOf(error);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
