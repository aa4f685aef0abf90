import { runSimulatorCommand } from './command-line.js';

const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());

void runSimulatorCommand(process.argv.slice(2), {
  input: process.stdin,
  output: process.stdout,
  signal: ending.signal,
}).then((code) => {
  process.exitCode = code;
  // A terminal's input would keep the process alive.
  process.stdin.destroy();
});
