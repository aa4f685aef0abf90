import { describe, expect, it } from '@jest/globals';
import { generateMasterKey, SecretBox, UnreadableSecretError } from './secret-box.js';

const place = ['connection-1', 'apiKey', 'http://10.0.0.5:8000'];

describe('SecretBox', () => {
  it('opens what it sealed, under any of its keys', () => {
    const [old, fresh] = [generateMasterKey(), generateMasterKey()];
    const sealed = new SecretBox([old]).seal('sk-1234', place);
    expect(new SecretBox([fresh, old]).open(sealed, place)).toBe('sk-1234');
    expect(JSON.stringify(sealed)).not.toContain('sk-1234');
  });

  it('never seals the same way twice', () => {
    const box = new SecretBox([generateMasterKey()]);
    expect(box.seal('same', place).box).not.toBe(box.seal('same', place).box);
  });

  it.each([
    ['another connection', ['connection-2', 'apiKey', 'http://10.0.0.5:8000']],
    ['another slot', ['connection-1', 'header:x-api-key', 'http://10.0.0.5:8000']],
    ['another origin', ['connection-1', 'apiKey', 'http://10.0.0.6:8000']],
    ['parts that only join to the same text', ['connection-1', 'apiKeyhttp://10.0.0.5:8000']],
  ])('does not open for %s', (_name, elsewhere) => {
    const box = new SecretBox([generateMasterKey()]);
    expect(() => box.open(box.seal('sk-1234', place), elsewhere)).toThrow(UnreadableSecretError);
  });

  it('does not open what was altered in any byte, or cut', () => {
    const box = new SecretBox([generateMasterKey()]);
    const { keyId, box: text } = box.seal('sk', place);
    const bytes = Buffer.from(text, 'base64');
    for (let index = 0; index < bytes.length; index += 1) {
      const altered = Buffer.from(bytes);
      altered.writeUInt8((altered[index] ?? 0) ^ 1, index);
      expect(() => box.open({ keyId, box: altered.toString('base64') }, place)).toThrow(UnreadableSecretError);
    }
    expect(() => box.open({ keyId, box: 'AAAA' }, place)).toThrow(UnreadableSecretError);
  });

  it('says so when the master key is another one', () => {
    const sealed = new SecretBox([generateMasterKey()]).seal('sk', place);
    expect(() => new SecretBox([generateMasterKey()]).open(sealed, place)).toThrow(UnreadableSecretError);
  });

  it.each(['', 'short', 'x'.repeat(44), Buffer.alloc(31).toString('base64'), Buffer.alloc(33).toString('base64')])(
    'refuses %j as a master key',
    (text) => {
      expect(() => new SecretBox([text])).toThrow(RangeError);
    },
  );
});
