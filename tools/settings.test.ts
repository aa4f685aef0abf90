import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ENDPOINT_KINDS, kindSpec } from '@intrallm/providers';
import { ConfigError, loadConfig } from '../apps/api/src/config.js';

const read = (file: string): string => readFileSync(join(import.meta.dirname, '..', file), 'utf8');

/** The variables that the server reads, by the schema that parses them. */
function settings(): string[] {
  const [, shape = ''] =
    /^const environment = z\.object\(\{\n([^]*?)^\}\);$/m.exec(read('apps/api/src/config.ts')) ?? [];
  return [...shape.matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(([, name = '']) => name);
}

/** The examples of .env.example, as if the # before each had been taken away. */
const examples = [...read('.env.example').matchAll(/^#([A-Z][A-Z_]+)=(.*)$/gm)].map(
  ([, name = '', value = '']): [string, string] => [name, value],
);

describe('the settings', () => {
  it('are found where they are parsed', () => {
    expect(settings()).toContain('DATABASE_URL');
    expect(settings().length).toBeGreaterThan(15);
  });

  it('are those that list the endpoints of a kind, too', () => {
    const lists = ENDPOINT_KINDS.flatMap((kind) => {
      const { urls, keys } = kindSpec(kind).settings ?? { urls: null, keys: null };
      return [urls, keys].filter((name) => name !== null);
    });
    expect(lists).toContain('OLLAMA_BASE_URLS');
    expect(settings()).toEqual(expect.arrayContaining(lists));
  });

  it('stand in the table of docs/settings.md, each once', () => {
    const cells = [...read('docs/settings.md').matchAll(/^\| (`[^|]+) \|/gm)].map(([, cell = '']) => cell);
    const told = cells.flatMap((cell) => [...cell.matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, name]) => name));
    expect(told.sort()).toEqual(settings().sort());
  });

  it('stand in .env.example, each once, and as a comment', () => {
    expect(examples.map(([name]) => name).sort()).toEqual(settings().sort());
    expect(read('.env.example')).not.toMatch(/^[A-Z]/m);
  });

  // Files of these examples are on the reader's machine, and an administrator needs a password that is no example.
  const elsewhere = ['INTRALLM_CA_FILE', 'INTRALLM_MASTER_KEY_FILE', 'INTRALLM_ADMIN_EMAIL'];

  it.each(examples.filter(([name]) => !elsewhere.includes(name)))('take the example of %s: %s', (name, value) => {
    // Keys have their meaning beside the URLs only.
    const beside =
      name === 'OPENAI_API_KEYS' ? Object.fromEntries(examples.filter(([one]) => one === 'OPENAI_API_BASE_URLS')) : {};
    expect(() => loadConfig({ ...beside, [name]: value })).not.toThrow();
  });

  it('refuse an example that is wrong, so that the row above can fail', () => {
    expect(() => loadConfig({ INTRALLM_CHECK_SECONDS: '30s' })).toThrow(ConfigError);
  });
});
