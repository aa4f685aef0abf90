import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { buildSchema, isInputObjectType, isObjectType } from 'graphql';
import { InputCheck } from '../../lib/input-check.js';
import { changesBetween } from './connection-changes.js';
import { checkSettings, DEFAULT_SETTINGS, SETTING_NAMES } from './connection-settings.js';

const schema = buildSchema(
  readFileSync(path.join(import.meta.dirname, '../../../../../packages/schema/schema.graphql'), 'utf8'),
);

it('every setting is a field of Connection, of the input that adds one and of the input that changes one', () => {
  for (const name of ['Connection', 'AddConnectionInput', 'UpdateConnectionInput']) {
    const type = schema.getType(name);
    if (!isObjectType(type) && !isInputObjectType(type)) throw new Error(`the schema has no type ${name}`);
    expect([name, Object.keys(type.getFields())]).toEqual([name, expect.arrayContaining([...SETTING_NAMES])]);
  }
});

it('the default of every setting passes its own check', () => {
  const check = new InputCheck('');
  expect(checkSettings(check, DEFAULT_SETTINGS)).toEqual(DEFAULT_SETTINGS);
  expect(() => check.finish()).not.toThrow();
});

it('a setting that the input does not name is not touched, and null is judged by the setting', () => {
  const check = new InputCheck('');
  expect(checkSettings(check, { pool: null, tags: null, maxInFlight: null })).toEqual({
    pool: '',
    tags: [],
    maxInFlight: null,
  });
  expect(() => check.finish()).not.toThrow();
  checkSettings(check, { allowKeepAlive: null });
  expect(() => check.finish()).toThrow('This cannot be unset.');
});

it('an audit entry names every setting that changed', () => {
  const endpoint = { kind: 'OPENAI', name: 'a', url: 'http://a', enabled: true, auth: 'NONE', headers: [] } as const;
  const before = { ...endpoint, ...DEFAULT_SETTINGS };
  const changed = SETTING_NAMES.map((name) => {
    const value = DEFAULT_SETTINGS[name];
    if (typeof value === 'boolean') return [name, !value];
    if (Array.isArray(value)) return [name, name === 'modelAliases' ? [{ upstreamId: 'a', name: 'b' }] : ['a']];
    return [name, typeof value === 'number' ? value + 1 : 'other'];
  });
  const changes = changesBetween(before, { ...before, ...Object.fromEntries(changed) });
  expect(changes.map(({ field }) => field)).toEqual([...SETTING_NAMES]);
});
