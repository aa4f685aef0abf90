import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { json } from 'node:stream/consumers';
import pg from 'pg';

/** A PostgreSQL that no other test uses, so that this one may stop it. */
export interface OwnPostgres {
  /** In the form of DATABASE_URL. */
  readonly url: string;
  /** No process of it runs any more, and none ends. */
  freeze(): Promise<void>;
  thaw(): void;
  /** Also where it is frozen. */
  stop(): Promise<void>;
}

export async function startOwnPostgres(): Promise<OwnPostgres> {
  const folder = mkdtempSync(path.join(tmpdir(), 'intrallm-own-postgres-'));
  const script = path.join(import.meta.dirname, 'postgres-server.js');
  const child = spawn(process.execPath, [script, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const answer = (await json(connect(path.join(folder, 'door')))) as { url?: string; error?: string };
  if (answer.url === undefined) throw new Error(answer.error);
  const url = `${answer.url}/postgres`;
  let frozen: number[] = [];
  const thaw = (): void => {
    for (const pid of frozen) process.kill(pid, 'SIGCONT');
    frozen = [];
  };
  return {
    url,
    freeze: async () => {
      const [postmaster] = readFileSync(path.join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n');
      // First the one that would begin more of them.
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      frozen = [Number(postmaster)];
      process.kill(Number(postmaster), 'SIGSTOP');
      const { rows } = await client.query<{ pid: number }>(
        'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()',
      );
      await client.end();
      for (const { pid } of rows) process.kill(pid, 'SIGSTOP');
      frozen.push(...rows.map(({ pid }) => pid));
    },
    thaw,
    stop: async () => {
      thaw();
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    },
  };
}
