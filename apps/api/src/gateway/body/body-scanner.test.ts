import { describe, expect, it } from '@jest/globals';
import { isIntricate, scanBody, withModel } from './body-scanner.js';

const scan = (text: string) => scanBody(Buffer.from(text));

describe('scanBody', () => {
  it('finds the model and stream at the top, wherever they stand', () => {
    expect(scan('{"messages":[{"role":"user","content":"hi"}],"stream":true,"model":"a/b:c"}')).toMatchObject({
      model: { value: 'a/b:c' },
      stream: true,
    });
  });

  it('does not mistake a nested field, or a text that looks like one', () => {
    expect(scan('{"x":{"model":"nested","stream":true},"y":"\\"model\\":\\"text\\"","model":"real"}')).toMatchObject({
      model: { value: 'real' },
      stream: false,
    });
  });

  it('reads escapes in keys and values, and backslashes before a closing quote', () => {
    expect(scan('{"a":"ends with backslash \\\\","mod\\u0065l":"\\u00e4\\"b"}')?.model?.value).toBe('ä"b');
  });

  it('tells of a model that is named twice, or in another case: endpoints disagree on which counts', () => {
    expect(scan('{"model":"only"}')?.isModelAmbiguous).toBe(false);
    for (const text of [
      '{"model":"first","model":"second"}',
      '{"model":"first","model":7}',
      '{"model":"first","Model":"second"}',
      '{"MODEL":"first","model":"second"}',
      '{"mod\\u0045l":"only"}',
      '{"model":"first","x":{},"\\u006dodel":"second"}',
    ]) {
      expect(scan(text)?.isModelAmbiguous).toBe(true);
    }
  });

  it('tells where fields may be put, unless stream_options is there in whatever case', () => {
    expect(scan(' \n{ "model":"m"}')?.optionsAt).toBe(3);
    expect(scan('{"x":{"stream_options":{}},"model":"m"}')?.optionsAt).toBe(1);
    for (const text of ['{"stream_options":null}', '{"model":"m","Stream_Options":{}}', '{"stream\\u005foptions":1}']) {
      expect(scan(text)?.optionsAt).toBeNull();
    }
  });

  it('says nothing of what is no JSON object', () => {
    for (const text of [
      '',
      '[]',
      '"model"',
      '{"model":"a"',
      '{"model":"a"} x',
      '{model:"a"}',
      '{"model" "a"}',
      '{"a":[}',
      '{"a":"\\"}',
    ]) {
      expect(scan(text)).toBeNull();
    }
  });

  it('agrees with JSON.parse on random objects', () => {
    const random = generator(7);
    const value = (depth: number): unknown => {
      const pick = Math.floor(random() * (depth > 3 ? 4 : 6));
      if (pick === 0) return Math.floor(random() * 1e9);
      if (pick === 1) return random() > 0.5;
      if (pick === 2) return null;
      if (pick === 3) return ['model', '"', '\\', '}', 'ü\n', 'a,b:c'][Math.floor(random() * 6)];
      if (pick === 4) return Array.from({ length: Math.floor(random() * 4) }, () => value(depth + 1));
      return Object.fromEntries(
        Array.from({ length: Math.floor(random() * 4) }, (_, i) => [`k${String(i)}`, value(depth + 1)]),
      );
    };
    for (let round = 0; round < 500; round += 1) {
      const object = { before: value(0), model: `m"${String(round)}\\`, stream: random() > 0.5, after: value(0) };
      const scanned = scan(JSON.stringify(object, null, round % 3));
      expect(scanned).toMatchObject({ model: { value: object.model }, stream: object.stream });
    }
  });
});

describe('withModel', () => {
  it('replaces the name and leaves every other byte alone', () => {
    const text = '{ "big": 12345678901234567890, "model" : "old" , "z":1.0 }';
    const body = Buffer.from(text);
    const model = scanBody(body)?.model;
    if (!model) throw new Error('no model was found');
    expect(Buffer.concat(withModel(body, model, 'new "x"')).toString()).toBe(text.replace('"old"', '"new \\"x\\""'));
  });
});

/** A small repeatable generator (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe('a body that is more in memory than it is itself', () => {
  it.each([
    ['a list of millions', `{"messages":[${'0,'.repeat(300_000)}0]}`],
    ['objects of millions', `{"messages":[${'{},'.repeat(150_000)}{}]}`],
    ['what lies deep', `{"tools":${'['.repeat(1_000)}${']'.repeat(1_000)}}`],
    ['what lies deep and does not end', '['.repeat(1_000)],
  ])('is known by %s', (_what, body) => {
    expect(isIntricate(Buffer.from(body))).toBe(true);
  });

  it.each([
    ['many messages', JSON.stringify({ messages: new Array(10_000).fill({ role: 'user', content: '{[,"' }) })],
    ['a long text of marks', JSON.stringify({ prompt: '[{,\\"'.repeat(300_000) })],
    ['a text that does not end', `{"prompt":"${','.repeat(300_000)}`],
  ])('is not one of %s', (_what, body) => {
    expect(isIntricate(Buffer.from(body))).toBe(false);
  });
});
