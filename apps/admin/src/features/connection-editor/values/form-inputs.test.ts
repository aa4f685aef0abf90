import { describe, expect, it } from '@jest/globals';
import { sampleConnection } from '../../../testing/samples.js';
import { toAddInput, toChanges, toVerifyInput } from './form-inputs.js';
import { sentRows, emptyHeader } from './form-rows.js';
import { defaultName, newConnectionValues, storedConnectionValues } from './form-values.js';

const base = sampleConnection();
const stored = () => storedConnectionValues(base);

describe('adding', () => {
  it('sends what was typed and leaves the rest to the server', () => {
    expect(toAddInput('OLLAMA', newConnectionValues(' http://localhost:11434 '))).toEqual({
      kind: 'OLLAMA',
      url: 'http://localhost:11434',
    });
  });

  it('turns seconds into milliseconds', () => {
    const values = { ...newConnectionValues('http://a'), firstByteTimeout: 1.5, idleTimeout: 30 } as const;
    expect(toAddInput('OPENAI', values)).toMatchObject({ firstByteTimeoutMs: 1500, idleTimeoutMs: 30_000 });
  });

  it('sends what callers may ask of an instance, where it is not the default', () => {
    const values = { ...newConnectionValues('http://a'), allowKeepAlive: true, maxContextLength: 8192 } as const;
    expect(toAddInput('OLLAMA', values)).toMatchObject({ allowKeepAlive: true, maxContextLength: 8192 });
  });

  it('leaves out rows that nobody filled in, and remembers where the others stand', () => {
    const filled = { ...emptyHeader(), name: 'x-team', value: 'a' };
    const values = { ...newConnectionValues('http://a'), headers: [emptyHeader(), filled] };
    expect(toAddInput('OPENAI', values).headers).toEqual([{ name: 'x-team', value: 'a', secret: true }]);
    expect(sentRows(values).headers).toEqual([1]);
  });
});

describe('changing', () => {
  it('sends nothing when nothing changed', () => {
    expect(toChanges(base, stored())).toEqual({});
  });

  it('sends only the fields that changed', () => {
    expect(toChanges(base, { ...stored(), tags: ['rack', 'gpu'], weight: 2 })).toEqual({
      tags: ['rack', 'gpu'],
      weight: 2,
    });
  });

  it('sends null where a value is taken away', () => {
    expect(toChanges(base, { ...stored(), name: '', idleTimeout: '' })).toEqual({ name: null, idleTimeoutMs: null });
  });

  it('sends what callers may ask of an instance, and null where its bound is taken away', () => {
    const bounded = { ...base, maxContextLength: 8192 };
    expect(
      toChanges(bounded, { ...storedConnectionValues(bounded), allowKeepAlive: true, maxContextLength: '' }),
    ).toEqual({ allowKeepAlive: true, maxContextLength: null });
  });

  it('keeps a stored secret header by sending it without a value', () => {
    const values = stored();
    const changed = { ...values, headers: [{ ...values.headers[0]!, value: 'ops' }, values.headers[1]!] };
    expect(toChanges(base, changed)).toEqual({
      headers: [
        { name: 'x-team', value: 'ops', secret: false },
        { name: 'x-gateway-token', secret: true },
      ],
    });
  });

  it('does not carry a stored secret over to another header name', () => {
    const values = stored();
    const changed = { ...values, headers: [{ ...values.headers[1]!, name: 'x-other' }] };
    expect(toChanges(base, changed).headers).toEqual([{ name: 'x-other', value: '', secret: true }]);
  });

  it('removes a key only when asked to, and never sends an empty one', () => {
    expect(toChanges(base, { ...stored(), removeApiKey: true })).toEqual({ removeApiKey: true });
    expect(toChanges(base, { ...stored(), apiKey: '' })).not.toHaveProperty('apiKey');
  });

  it('gives the first key of a connection a way to travel', () => {
    const keyless = sampleConnection({ auth: 'NONE', hasApiKey: false, keyState: 'NONE', apiKeyPreview: null });
    const values = { ...storedConnectionValues(keyless), apiKey: 'sk-new' };
    expect(toChanges(keyless, values)).toEqual({ apiKey: 'sk-new', auth: 'BEARER' });
  });
});

describe('trying', () => {
  it('lets the stored secrets serve on an edit', () => {
    expect(toVerifyInput('OPENAI', stored(), base)).toEqual({
      id: 'c1',
      kind: 'OPENAI',
      url: base.url,
      auth: 'BEARER',
      headers: [
        { name: 'x-team', value: 'research', secret: false },
        { name: 'x-gateway-token', secret: true },
      ],
    });
  });

  it('tries without the stored key when it is to be removed', () => {
    expect(toVerifyInput('OPENAI', { ...stored(), removeApiKey: true }, base).auth).toBe('NONE');
  });
});

describe('the name given by default', () => {
  it.each([
    ['http://192.168.18.49:8000/v1', '192.168.18.49:8000'],
    ['192.168.18.49:8000', '192.168.18.49:8000'],
    ['https://openrouter.ai/api/v1', 'openrouter.ai'],
    ['', null],
    ['http://', null],
  ])('%s becomes %s', (url, name) => {
    expect(defaultName(url)).toBe(name);
  });
});
