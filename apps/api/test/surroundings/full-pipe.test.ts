import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { expect, it } from '@jest/globals';

const LOG_OUTPUT = pathToFileURL(path.join(import.meta.dirname, '../../dist/log/log-output.js')).href;
/**
 * Writes until the sink takes nothing, in a process where nobody else touches standard output. A full pipe that waits
 * holds it for ever.
 */
const PROGRAM = `
  const { standardOutput } = await import(${JSON.stringify(LOG_OUTPUT)});
  const sink = standardOutput();
  const more = () => sink.write(Buffer.alloc(65536), (error) => {
    if (error === null) setImmediate(more);
    else process.stderr.write(error.code, () => process.exit(0));
  });
  more();
`;

it('a pipe that is full takes nothing and says so: the log never waits for its reader', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], { stdio: ['ignore', 'pipe', 'pipe'] });
  const patience = setTimeout(() => child.kill('SIGKILL'), 30_000);
  const ended = once(child, 'exit');
  expect(await text(child.stderr)).toBe('EAGAIN');
  expect(await ended).toEqual([0, null]);
  clearTimeout(patience);
}, 60_000);
