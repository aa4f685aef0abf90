// Jest's globalSetup of the projects that use databases. It costs a small process; PostgreSQL itself starts when a test
// first asks for a database (postgres.ts).
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export default async function setUp() {
  const folder = mkdtempSync(join(tmpdir(), 'intrallm-postgres-'));
  const child = spawn(process.execPath, [join(import.meta.dirname, 'postgres-server.js'), folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // A process group of its own: Ctrl-C reaches Jest, and the server then goes the orderly way, by its input ending.
    detached: true,
  });
  await new Promise((resolve, reject) => {
    child.stdout.once('data', resolve);
    child.once('exit', (code) => reject(new Error(`postgres-server.js ended with ${code}`)));
  });
  child.stdout.destroy();
  child.unref();
  process.env.INTRALLM_TEST_POSTGRES_DOOR = join(folder, 'door');
  globalThis.intrallmPostgres = child;
}
