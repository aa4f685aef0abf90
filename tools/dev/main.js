// `npm run dev`: the product for those who change it. The API runs from its sources with the demonstration's endpoints
// and starts anew when a file of it changes; Vite serves the admin app and shows a change in the browser at once.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '../..');
const USAGE = 'npm run dev -- [--port 5173] [--api-port 4000] [--first-port 41001]';
/** Whoever has not ended by then is killed. */
const ENDING_MS = 12_000;

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: '5173' },
        'api-port': { type: 'string', default: '4000' },
        'first-port': { type: 'string', default: '41001' },
        help: { type: 'boolean', default: false },
      },
    });
    const { help, ...ports } = values;
    if (help) {
      process.stdout.write(`${USAGE}\n  the admin app, the API, and the first of six ports for simulated endpoints\n`);
      process.exit(0);
    }
    for (const [name, value] of Object.entries(ports)) {
      if (!/^\d{1,5}$/.test(value) || Number(value) < 1 || Number(value) > 65_530)
        throw new Error(`--${name} is a whole number from 1 to 65530, not "${value}".`);
    }
    return ports;
  } catch (error) {
    return fail(`${error.message}\n${USAGE}`);
  }
}

/** A second `npm run dev`, or the product itself, would otherwise show up as an error far below. */
async function requireFree(port, option) {
  const server = createServer();
  try {
    server.listen(Number(port), '127.0.0.1');
    await once(server, 'listening');
  } catch (error) {
    fail(`Port ${port} is not free (${error.code}). End what listens there, or choose another one with --${option}.`);
  }
  server.close();
  await once(server, 'close');
}

/** Every line with the name of who wrote it. */
function relay(child, name) {
  for (const [from, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ]) {
    createInterface({ input: from }).on('line', (line) => to.write(line === '' ? '\n' : `${name}  ${line}\n`));
  }
}

function start(name, args, env = {}) {
  // A group of its own: Ctrl-C reaches this process alone, which then ends the others in order.
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  });
  relay(child, name);
  return { name, child, ended: once(child, 'close') };
}

/** Signals the process and what it started. A group that is gone already is what is wanted. */
function signal({ child }, name) {
  try {
    if (process.platform === 'win32') child.kill(name);
    else process.kill(-child.pid, name);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

async function end(processes) {
  for (const one of processes) if (one.child.exitCode === null) signal(one, 'SIGTERM');
  const late = setTimeout(() => {
    for (const one of processes) signal(one, 'SIGKILL');
  }, ENDING_MS);
  await Promise.all(processes.map(({ ended }) => ended));
  clearTimeout(late);
}

const { port, 'api-port': apiPort, 'first-port': firstPort } = readOptions();
await requireFree(port, 'port');
await requireFree(apiPort, 'api-port');

const address = `http://127.0.0.1:${port}`;
process.stdout.write(`Starting. The admin app will be at ${address}, the API at http://127.0.0.1:${apiPort}.\n`);

// Settings of this shell, such as PORT or HOST, must not lead the two apart.
const env = { HOST: '127.0.0.1', PORT: apiPort, INTRALLM_PUBLIC_URL: '' };
const vitePackage = createRequire(join(root, 'apps/admin/package.json')).resolve('vite/package.json');
const processes = [
  start(
    'api',
    [
      '--watch',
      '--watch-preserve-output',
      '--enable-source-maps',
      '--import',
      './tools/dev/from-sources.js',
      'apps/api/src/demo.ts',
      '--first-port',
      firstPort,
      '--open',
      address,
    ],
    env,
  ),
  start(
    'app',
    [join(dirname(vitePackage), 'bin/vite.js'), 'apps/admin', '--config', 'apps/admin/vite.config.ts'].concat([
      '--port',
      port,
      '--strictPort',
      '--clearScreen',
      'false',
    ]),
    env,
  ),
];

let isEnding = false;
async function finish(code) {
  if (isEnding) return;
  isEnding = true;
  await end(processes);
  process.exit(code);
}
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => void finish(0));
// One without the other is of no use: `node --watch` outlives a crash of the API, so this is not about those.
for (const { name, ended } of processes) {
  void ended.then(([code]) => {
    if (!isEnding) process.stderr.write(`${name} ended by itself (${code}).\n`);
    return finish(1);
  });
}
