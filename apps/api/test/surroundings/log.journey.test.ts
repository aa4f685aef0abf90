import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  createReadStream,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/app.js';
import { endProducts, startLoudProduct } from '../support/product.js';

/** As large as a file may become, in blocks of 512 bytes as `ulimit` counts them: the database is far smaller. */
const BLOCKS = 40_000;
const MOST_BYTES = BLOCKS * 512;
/** A write beyond is refused as on a full disk, and not by ending the process. */
const LIMITED = `trap '' XFSZ; ulimit -f ${String(BLOCKS)}`;
/** As long as the log writes a path. */
const LONG_PATH = `/${'x'.repeat(190)}`;

let folder: string;
let env: Record<string, string>;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'intrallm-log-'));
  // With an administrator the start shows no set-up link: standard output holds lines of the log alone.
  env = {
    INTRALLM_DATA: path.join(folder, 'data'),
    INTRALLM_ADMIN_EMAIL: 'admin@example.org',
    INTRALLM_ADMIN_PASSWORD: 'correct horse battery',
  };
});
afterEach(async () => {
  await endProducts();
  rmSync(folder, { recursive: true, force: true });
});

/** Each of them is answered; without waiting for one after the other. */
async function askOften(url: string, count: number): Promise<void> {
  const { port } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1');
  const head = `GET ${LONG_PATH} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n`;
  socket.write(`${head}\r\n`.repeat(count - 1) + `${head}connection: close\r\n\r\n`);
  let [answers, tail] = [0, ''];
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    const text = tail + chunk;
    answers += text.split('HTTP/1.1 404').length - 1;
    tail = text.slice(-'HTTP/1.1 404'.length + 1);
  });
  await once(socket, 'close');
  expect(answers).toBe(count);
}

async function lostLines(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^intrallm_log_lines_lost_total (\d+)$/m.exec(text)?.[1]);
}

const linesOf = (text: string) => text.split('\n').filter((line) => line.startsWith('{'));

describe('the log', () => {
  it('of a full disk holds nothing up, and says how many lines are lost as soon as there is room', async () => {
    const file = path.join(folder, 'log');
    writeFileSync(file, '');
    truncateSync(file, MOST_BYTES - 100);
    const log = openSync(file, 'a');
    const product = await startLoudProduct({ env, output: log, shell: LIMITED });
    closeSync(log);
    expect(
      await eventually(
        () => lostLines(product.url),
        (lost) => lost > 0,
      ),
    ).toBeGreaterThan(0);
    await askOften(product.url, 300);
    const lost = await eventually(
      () => lostLines(product.url),
      (count) => count >= 300,
    );
    expect(statSync(file).size).toBe(MOST_BYTES);

    truncateSync(file, 0);
    await askOften(product.url, 1);
    const [first, second] = await eventually(
      () => Promise.resolve(linesOf(readFileSync(file, 'utf8'))),
      ({ length }) => length >= 2,
    );
    expect(JSON.parse(first ?? '')).toMatchObject({ level: 'warn', lost, reason: 'EFBIG' });
    expect(JSON.parse(second ?? '')).toMatchObject({ path: LONG_PATH });
    expect(await lostLines(product.url)).toBe(lost);
    const { code, output } = await product.stop();
    expect({ code, output }).toEqual({ code: 0, output: '' });
    for (const line of linesOf(readFileSync(file, 'utf8'))) JSON.parse(line);
  });

  it('whose reader went away holds nothing up', async () => {
    const product = await startLoudProduct({ env, output: 'pipe' });
    product.output?.destroy();
    await askOften(product.url, 300);
    await eventually(
      () => lostLines(product.url),
      (lost) => lost >= 300,
    );
    expect(await product.stop()).toEqual({ code: 0, signal: null, output: '' });
  });

  it.each(['a socket', 'a named pipe'])('whose reader does not read from %s holds nothing up', async (kind) => {
    const fifo = path.join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    // Both ends: else opening it would wait for the other one.
    const ends = openSync(fifo, 'r+');
    const product = await startLoudProduct({ env, output: kind === 'a socket' ? 'pipe' : ends });
    for (let round = 0; round < 8; round += 1) await askOften(product.url, 2_000);
    const lost = await eventually(
      () => lostLines(product.url),
      (count) => count > 0,
    );
    expect((await fetch(`${product.url}/healthz`)).status).toBe(200);
    const source = product.output ?? createReadStream(fifo);
    const told = new Promise<number>((resolve) => {
      createInterface({ input: source }).on('line', (line) => {
        const fields = JSON.parse(line) as { lost?: number };
        if (fields.lost !== undefined) resolve(fields.lost);
      });
    });
    expect(await told).toBe(lost);
    closeSync(ends);
    expect(await product.stop()).toEqual({ code: 0, signal: null, output: '' });
  });

  it('whose reader never reads does not keep the process from its end', async () => {
    const product = await startLoudProduct({ env, output: 'pipe' });
    await askOften(product.url, 2_000);
    expect(await product.stop()).toMatchObject({ code: 0, signal: null });
  });
});
