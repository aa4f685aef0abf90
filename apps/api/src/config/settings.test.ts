import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConfigError, loadConfig } from '../config.js';
import { parsePostgresUrl } from './database-url.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'intrallm-settings-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** What the refusal says behind the name of the variable. Nothing of the value may be in it where that is secret. */
function refusalOf(env: Record<string, string>, variable = Object.keys(env)[0] ?? ''): string {
  try {
    loadConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.variable).toBe(variable);
    expect(error.message).not.toMatch(/secret|sk-/);
    return error.message.slice(variable.length + 2);
  }
  throw new Error(`nothing was refused in ${JSON.stringify(env)}`);
}

describe('a setting that cannot be used', () => {
  it.each([
    ['HOST', 'http://0.0.0.0', 'scheme'],
    ['HOST', '127.0.0.1:4000', 'PORT'],
    ['HOST', 'localhost:4000', 'PORT'],
    ['HOST', '[::1]', 'brackets'],
    ['HOST', '*', '0.0.0.0'],
    ['HOST', '127.0.0.1.', 'neither'],
    ['HOST', '300.1.1.1', 'neither'],
    ['HOST', 'my host', 'neither'],
    ['HOST', '127.0.0.1/8', 'neither'],
    ['PORT', '0x10', 'whole number'],
    ['PORT', '4e3', 'whole number'],
    ['PORT', '4_000', 'whole number'],
    ['PORT', '-1', 'whole number'],
    ['PORT', '65536', 'whole number'],
    ['PORT', 'tcp://10.0.0.1:4000', 'whole number'],
    ['PORT', '4000/tcp', 'whole number'],
    ['INTRALLM_CHECK_SECONDS', '30s', 'without a unit'],
    ['INTRALLM_CHECK_SECONDS', '1m', 'without a unit'],
    ['INTRALLM_CHECK_SECONDS', '0', 'from 1'],
    ['INTRALLM_CHECK_SECONDS', '1e2', 'without a unit'],
    ['INTRALLM_CHECK_SECONDS', 'Infinity', 'without a unit'],
    ['LOG_LEVEL', 'verbose', 'trace, debug, info'],
    ['LOG_LEVEL', 'true', 'trace, debug, info'],
    ['INTRALLM_PUBLIC_URL', 'models.example.com', 'https://'],
    ['INTRALLM_PUBLIC_URL', 'https//models.example.com', 'https://'],
    ['INTRALLM_PUBLIC_URL', 'https:///llm', 'https://'],
    ['INTRALLM_PUBLIC_URL', 'ws://models.example.com', 'https://'],
    ['INTRALLM_PUBLIC_URL', 'https://ada:secret@example.com', 'password'],
    ['INTRALLM_PUBLIC_URL', 'https://example.com/llm?x=1', '?'],
    ['INTRALLM_PUBLIC_URL', 'https://example.com/llm#x', '#'],
    ['INTRALLM_PUBLIC_URL', 'https://example.com/v1', '/v1'],
    ['INTRALLM_PUBLIC_URL', 'https://example.com/api/llm/', '/api'],
    ['INTRALLM_PUBLIC_URL', 'https://example.com/a//b', 'single slashes'],
    ['INTRALLM_PUBLIC_URL', 'https://example.com/l%20m', 'letters'],
    ['INTRALLM_TRUSTED_PROXIES', '10.0.0.0/8;192.168.0.0/16', 'comma'],
    ['INTRALLM_TRUSTED_PROXIES', '10.0.0.0/8 192.168.0.0/16', 'comma'],
    ['INTRALLM_TRUSTED_PROXIES', 'localhost', '"localhost"'],
    ['INTRALLM_ALLOWED_NETWORKS', '10/8', '"10/8"'],
    ['INTRALLM_ALLOWED_NETWORKS', '010.0.0.0/8', '"010.0.0.0/8"'],
    ['INTRALLM_ALLOWED_NETWORKS', '10.0.0.0/255.0.0.0', 'from 0 to 32'],
    ['INTRALLM_DENIED_NETWORKS', '10.0.0.0/', 'from 0 to 32'],
    ['INTRALLM_DENIED_NETWORKS', 'fd00::/129', 'from 0 to 128'],
    ['INTRALLM_DENIED_NETWORKS', '::ffff:10.0.0.0/104', 'IPv4 network'],
    ['INTRALLM_OLLAMA_OPEN_NETWORKS', '10.0.0.0/8/8', 'from 0 to 32'],
    ['INTRALLM_OUTBOUND_PROXY', 'proxy:3128', 'http://'],
    ['INTRALLM_OUTBOUND_PROXY', 'https://u:secret@proxy:3128', 'http'],
    ['INTRALLM_OUTBOUND_PROXY', 'socks5://proxy:1080', 'http'],
    ['INTRALLM_OUTBOUND_PROXY', 'http://u:sec/secret@proxy:3128', '%2F'],
    ['INTRALLM_OUTBOUND_PROXY', 'http://u:100%secret@proxy:3128', '%25'],
    ['INTRALLM_OUTBOUND_PROXY', 'http://proxy:3128/secret', 'behind the port'],
    ['INTRALLM_ADMIN_EMAIL', 'ada', 'ada@example.com'],
    ['INTRALLM_DATA', '~/intrallm', 'whole path'],
    ['OPENAI_API_BASE_URLS', 'http://a/v1,http://b/v1', '";"'],
    ['OPENAI_API_BASE_URLS', 'http://a/v1, b:8000/v1', '";"'],
    ['OPENAI_API_BASE_URLS', 'http://a/v1 http://b/v1', '";"'],
    ['OLLAMA_BASE_URLS', 'http://a:11434,http://b:11434', '";"'],
    ['OLLAMA_BASE_URLS', 'http://a:11434\nhttp://b:11434', '";"'],
    ['DATABASE_URL', 'postgres://u:secret%de1@host/db', '%25'],
    ['DATABASE_URL', 'postgres://u%zz:secret@host/db', 'user'],
    ['DATABASE_URL', 'postgres://u:p@host/d%b', 'name of the database'],
    ['DATABASE_URL', 'postgres://u:sec/secret@host/db', '%2F'],
    ['DATABASE_URL', 'postgres://u:sec#secret@host/db', '%23'],
    ['DATABASE_URL', 'postgres://u:sec secret@host/db', '%20'],
    ['DATABASE_URL', 'postgres:///db', 'host'],
    ['DATABASE_URL', 'postgres://u:secret@a,b/db', 'one host'],
    ['DATABASE_URL', 'postgres://u:secret@host:70000/db', '%'],
    ['DATABASE_URL', 'postgres://host/db?sslmode=prefer', 'verify-full'],
    ['DATABASE_URL', 'postgres://host/db?sslmode=constructor', 'verify-full'],
    ['DATABASE_URL', 'postgres://host/db?pool_max=3', 'sslmode'],
    ['DATABASE_URL', 'postgres:u:secret@host/db', '//'],
    ['DATABASE_URL', 'postgresql+asyncpg://u:secret@host/db', '"+"'],
    ['DATABASE_URL', 'mysql://u:secret@host/db', 'postgres://'],
    ['DATABASE_URL', 'intrallm.db', 'sqlite:PATH'],
    ['DATABASE_URL', 'file:intrallm.db', 'sqlite:'],
    ['DATABASE_URL', 'sqlite:file:x.db', 'second scheme'],
    ['DATABASE_URL', 'sqlite://x.db', '//'],
    ['DATABASE_URL', 'sqlite:///var/x.db', '//'],
    ['DATABASE_URL', 'sqlite:', 'file'],
    ['DATABASE_URL', 'sqlite::memory:', 'file'],
    ['DATABASE_URL', 'sqlite:x.db?mode=ro', '?'],
    ['DATABASE_URL', 'sqlite:~/x.db', '~'],
    ['DATABASE_URL', 'sqlite:x/', 'folder'],
    ['DATABASE_URL', `sqlite:${os.tmpdir()}`, 'folder'],
  ])('is refused by name, with what to write instead: %s=%j', (variable, value, words) => {
    expect(refusalOf({ [variable]: value })).toContain(words);
  });

  it.each([
    ['PORT', '"4000"'],
    ['HOST', "'127.0.0.1'"],
    ['OPENAI_API_BASE_URLS', '"http://a/v1;http://b/v1"'],
    ['OPENAI_API_BASE_URLS', '"http://a/v1";"http://b/v1"'],
    ['DATABASE_URL', '"sqlite:x.db"'],
    ['DATABASE_URL', " 'postgres://u:secret@host/db' "],
    ['OPENAI_API_KEYS', '"sk-1234567890ab"'],
    ['INTRALLM_MASTER_KEY', '"secret"'],
    ['INTRALLM_ADMIN_PASSWORD', '"long enough, secret"'],
    ['LOG_LEVEL', '`info`'],
  ])('is refused with quotes around it: %s=%s', (variable, value) => {
    expect(refusalOf({ [variable]: value })).toContain('quotes');
  });

  it.each([
    [{ OPENAI_API_KEYS: 'sk-one;sk-two', OPENAI_API_BASE_URLS: 'http://a' }, '2 places for 1 URL'],
    [{ OPENAI_API_KEYS: 'sk-one', OPENAI_API_BASE_URLS: 'http://a;http://b' }, '1 place for 2 URLs'],
    [{ OPENAI_API_KEYS: 'sk-one,sk-two', OPENAI_API_BASE_URLS: 'http://a' }, '";"'],
    [{ OPENAI_API_KEYS: 'sk-one' }, '1 place for 0 URLs'],
    [{ OPENAI_API_KEYS: 'sk-one;sk-two;', OPENAI_API_BASE_URLS: 'http://a;;http://b' }, 'place 2'],
  ])('is refused where keys and URLs do not belong together: %j', (env, words) => {
    expect(refusalOf(env, 'OPENAI_API_KEYS')).toContain(words);
  });

  it('is refused where a password of the first administrator cannot be one', () => {
    const email = { INTRALLM_ADMIN_EMAIL: 'ada@example.com' };
    for (const [password, words] of [
      ['secret', 'at least 12'],
      ['🔑🔑🔑🔑🔑🔑', 'at least 12'],
      [`secret${'é'.repeat(512)}`, 'at most 1,024'],
      ['long enough, secret\n', 'one line'],
    ] as const) {
      expect(refusalOf({ ...email, INTRALLM_ADMIN_PASSWORD: password }, 'INTRALLM_ADMIN_PASSWORD')).toContain(words);
    }
  });

  it('is refused where a file that it names is not there, is none, or holds nothing', () => {
    const empty = path.join(folder, 'empty');
    writeFileSync(empty, '\n');
    const subfolder = path.join(folder, 'sub');
    mkdirSync(subfolder);
    for (const [file, why] of [
      [path.join(folder, 'none'), 'does not exist'],
      [subfolder, 'is a folder'],
      [empty, 'is empty'],
    ] as const) {
      expect(refusalOf({ INTRALLM_MASTER_KEY_FILE: file })).toBe(`the file ${file} ${why}`);
    }
    expect(refusalOf({ INTRALLM_CA_FILE: empty })).toContain('no certificate in PEM');
    expect(refusalOf({ INTRALLM_MASTER_KEY: 'secret', INTRALLM_MASTER_KEY_FILE: empty })).toContain('keep one');
  });
});

describe('a setting that can be used', () => {
  it.each([
    ['HOST', '::', 'host', '::'],
    ['HOST', 'gpu-box.corp.internal', 'host', 'gpu-box.corp.internal'],
    ['PORT', ' 8080\r', 'port', 8080],
    ['LOG_LEVEL', 'DEBUG', 'logLevel', 'debug'],
    ['INTRALLM_CHECK_SECONDS', '1.5', 'checkIntervalMs', 1_500],
    [
      'INTRALLM_TRUSTED_PROXIES',
      '10.0.0.0/8, fd00::/8,,127.0.0.1,',
      'trustedProxies',
      ['10.0.0.0/8', 'fd00::/8', '127.0.0.1'],
    ],
    ['INTRALLM_PUBLIC_URL', 'https://EXAMPLE.com:443/Tools/llm/', 'basePath', '/Tools/llm'],
    ['INTRALLM_PUBLIC_URL', '\u200bhttps://example.com\ufeff', 'publicUrl', 'https://example.com'],
    ['INTRALLM_OUTBOUND_PROXY', 'http://u:p%25@proxy:3128', 'outboundProxy', 'http://u:p%25@proxy:3128'],
    ['DATABASE_URL', 'sqlite:/var/x.db', 'database', { kind: 'sqlite', file: path.resolve('/var/x.db') }],
  ])('is taken: %s=%j', (variable, value, field, expected) => {
    expect(loadConfig({ [variable]: value })).toMatchObject({ [field]: expected });
  });

  it('holds several master keys in a file, one in a line', () => {
    const file = path.join(folder, 'keys');
    writeFileSync(file, '\ufeffone\r\ntwo,three\n');
    const { masterKeys } = loadConfig({ INTRALLM_MASTER_KEY_FILE: file });
    expect(masterKeys).toEqual({ variable: 'INTRALLM_MASTER_KEY_FILE', keys: ['one', 'two', 'three'] });
  });

  it('leaves places without a key or a URL out', () => {
    const { managed } = loadConfig({ OPENAI_API_BASE_URLS: 'http://a/v1;;http://b/v1;', OPENAI_API_KEYS: ';;sk-b;' });
    expect(managed.map(({ url, apiKey }) => [url, apiKey])).toEqual([
      ['http://a/v1', null],
      ['http://b/v1', 'sk-b'],
    ]);
  });

  it('is a place of PostgreSQL with all its parts', () => {
    expect(parsePostgresUrl('postgresql://a%40b:p%2Fw%25@[::1]:6432/d%20b?sslmode=verify-full')).toEqual({
      host: '::1',
      port: 6432,
      username: 'a@b',
      password: 'p/w%',
      database: 'd b',
      ssl: { rejectUnauthorized: true },
    });
    expect(parsePostgresUrl('postgres://db.internal')).toEqual({ host: 'db.internal', port: 5432, ssl: false });
  });
});
