import { describe, expect, it } from '@jest/globals';
import { ConfigError, loadConfig } from './config.js';

describe('loadConfig', () => {
  it('listens on loopback with an embedded database when nothing is set', () => {
    const config = loadConfig({ HOST: '', DATABASE_URL: '  ' });
    expect(config).toMatchObject({ host: '127.0.0.1', port: 4000, publicUrl: null, managed: [], masterKeys: null });
    expect(config.database).toMatchObject({ kind: 'sqlite' });
  });

  it.each([
    ['PORT', { PORT: '70000' }],
    ['PORT', { PORT: 'four' }],
    ['DATABASE_URL', { DATABASE_URL: 'mysql://x' }],
    ['INTRALLM_PUBLIC_URL', { INTRALLM_PUBLIC_URL: 'ftp://x' }],
    ['INTRALLM_TRUSTED_PROXIES', { INTRALLM_TRUSTED_PROXIES: '10.0.0.0/8, nonsense' }],
    ['INTRALLM_ADMIN_EMAIL', { INTRALLM_ADMIN_PASSWORD: 'long enough, really' }],
    ['INTRALLM_ADMIN_PASSWORD', { INTRALLM_ADMIN_EMAIL: 'a@example.org', INTRALLM_ADMIN_PASSWORD: 'short' }],
    ['INTRALLM_MASTER_KEY_FILE', { INTRALLM_MASTER_KEY_FILE: '/nowhere/at/all' }],
  ])('refuses to start and names %s in %j', (variable, env) => {
    const load = () => loadConfig(env);
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(new RegExp(`^${variable}: `));
  });

  it('never repeats a password in its refusal', () => {
    const env = { INTRALLM_ADMIN_EMAIL: 'a@example.org', INTRALLM_ADMIN_PASSWORD: 'hunter2' };
    expect(() => loadConfig(env)).not.toThrow(/hunter2/);
  });

  it('pairs keys with URLs by position and tells equal URLs apart', () => {
    const { managed } = loadConfig({
      OPENAI_API_BASE_URLS: 'http://a/v1; http://b/v1;http://a/v1',
      OPENAI_API_KEYS: 'one;;three',
      OLLAMA_BASE_URLS: 'http://c:11434',
    });
    expect(managed).toEqual([
      { kind: 'OPENAI', url: 'http://a/v1', apiKey: 'one', occurrence: 0 },
      { kind: 'OPENAI', url: 'http://b/v1', apiKey: null, occurrence: 0 },
      { kind: 'OPENAI', url: 'http://a/v1', apiKey: 'three', occurrence: 1 },
      { kind: 'OLLAMA', url: 'http://c:11434', apiKey: null, occurrence: 0 },
    ]);
  });
});
