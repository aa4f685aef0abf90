import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { rootCertificates } from 'node:tls';
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
    ['INTRALLM_OLLAMA_OPEN_NETWORKS', { INTRALLM_OLLAMA_OPEN_NETWORKS: '10.0.0.0/33' }],
    ['INTRALLM_ADMIN_EMAIL', { INTRALLM_ADMIN_PASSWORD: 'long enough, really' }],
    ['INTRALLM_ADMIN_PASSWORD', { INTRALLM_ADMIN_EMAIL: 'a@example.org', INTRALLM_ADMIN_PASSWORD: 'short' }],
    ['INTRALLM_MASTER_KEY_FILE', { INTRALLM_MASTER_KEY_FILE: '/nowhere/at/all' }],
    ['INTRALLM_OUTBOUND_PROXY', { INTRALLM_OUTBOUND_PROXY: 'http://user:100%@proxy:3128' }],
    ['INTRALLM_CA_FILE', { INTRALLM_CA_FILE: '/nowhere/at/all' }],
    ['INTRALLM_DATA', { INTRALLM_DATA: import.meta.filename }],
    ['INTRALLM_DATA', { INTRALLM_DATA: path.join(import.meta.filename, 'data') }],
    ['INTRALLM_CA_FILE', { INTRALLM_CA_FILE: import.meta.filename }],
  ])('refuses to start and names %s in %j', (variable, env) => {
    const load = () => loadConfig(env);
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(new RegExp(`^${variable}: `));
  });

  it('says of a number which ones can be used', () => {
    expect(() => loadConfig({ PORT: 'four' })).toThrow('PORT: must be a whole number from 0 to 65535');
    expect(() => loadConfig({ PORT: '4000.5' })).toThrow('PORT: must be a whole number from 0 to 65535');
  });

  it('takes the certificates of a file whole, and refuses one that is cut', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'intrallm-config-'));
    const file = path.join(folder, 'authorities.pem');
    const pem = rootCertificates.slice(0, 2).join('\n');
    writeFileSync(file, `# ours\n${pem}\n`);
    expect(loadConfig({ INTRALLM_CA_FILE: file }).certificateAuthorities).toContain(pem);
    writeFileSync(file, pem.replace(/.{20}\n-----END/, '\n-----END'));
    expect(() => loadConfig({ INTRALLM_CA_FILE: file })).toThrow(/^INTRALLM_CA_FILE: /);
    rmSync(folder, { recursive: true });
  });

  it('never repeats a password in its refusal', () => {
    const env = { INTRALLM_ADMIN_EMAIL: 'a@example.org', INTRALLM_ADMIN_PASSWORD: 'hunter2' };
    expect(() => loadConfig(env)).not.toThrow(/hunter2/);
  });

  it('pairs keys with URLs by position, whatever is left out', () => {
    const { managed } = loadConfig({
      OPENAI_API_BASE_URLS: 'http://a/v1; http://b/v1;http://a/v1',
      OPENAI_API_KEYS: 'one;;three',
      OLLAMA_BASE_URLS: 'http://c:11434',
    });
    expect(managed).toEqual([
      { kind: 'OPENAI', url: 'http://a/v1', apiKey: 'one' },
      { kind: 'OPENAI', url: 'http://b/v1', apiKey: null },
      { kind: 'OPENAI', url: 'http://a/v1', apiKey: 'three' },
      { kind: 'OLLAMA', url: 'http://c:11434', apiKey: null },
    ]);
  });
});
