import { expect, it } from '@jest/globals';
import pg from 'pg';
import { createDatabase } from './postgres.js';

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

it('gives each caller an empty database of its own on one server', async () => {
  const [first, second] = await Promise.all([createDatabase(), createDatabase()]);
  try {
    await query(first.url, 'CREATE TABLE thing (id int)');
    const tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'";
    expect(await query(first.url, tables)).toEqual([{ tablename: 'thing' }]);
    expect(await query(second.url, tables)).toEqual([]);
  } finally {
    await Promise.all([first.drop(), second.drop()]);
  }
});

it('drops a database that is still in use', async () => {
  const database = await createDatabase();
  const client = new pg.Client({ connectionString: database.url });
  const cut = new Promise((resolve) => client.on('error', resolve));
  await client.connect();
  await database.drop();
  await cut;
  await expect(query(database.url, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' });
});
