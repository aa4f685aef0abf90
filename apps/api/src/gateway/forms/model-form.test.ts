import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { AppError } from '../../errors.js';
import { boundaryOf } from './form-type.js';
import { readModelForm } from './model-form.js';
import { PulledBody } from './pulled-body.js';

const BOUNDARY = '----------------------------0123456789ab';
const END = `--${BOUNDARY}--\r\n`;
const raw = (head: string, value: string) => `--${BOUNDARY}\r\n${head}\r\n\r\n${value}\r\n`;
const part = (name: string, value: string, more = '') =>
  raw(`Content-Disposition: form-data; name="${name}"${more}`, value);
const file = part('file', 'RIFF--XyZ\n-- no delimiter', '; filename="a.wav"\r\nContent-Type: audio/wav');
const model = part('model', 'm');

interface Settings {
  readonly size?: number;
  readonly boundary?: string;
  readonly statesLength?: boolean;
  readonly maxHeldBytes?: number;
}

async function read(
  text: string,
  { size = 10_000, boundary = BOUNDARY, statesLength = true, maxHeldBytes }: Settings = {},
) {
  const bytes = Buffer.from(text, 'latin1');
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
  const body = new PulledBody(Readable.from(chunks, { objectMode: false }), { maxBytes: 100_000_000 });
  let held = 0;
  const form = await readModelForm(body, {
    boundary,
    statedBytes: statesLength ? bytes.length : null,
    share: { take: (more) => (held += more) },
    judgeField: (name) => {
      if (name === 'forbidden') throw new AppError('BAD_USER_INPUT', 'not that one', { field: name });
    },
    ...(maxHeldBytes === undefined ? {} : { maxHeldBytes }),
  });
  const sent = async (name: string): Promise<string> => {
    const all = [...form.before, Buffer.from(name), ...form.after];
    for (let more = await form.next(); more !== null; more = await form.next()) all.push(...more);
    const whole = Buffer.concat(all);
    if (form.length !== null) expect(whole.length).toBe(form.length + Buffer.byteLength(name));
    return whole.toString('latin1');
  };
  return { form, sent, heldBytes: () => held };
}

/** What any reader finds, whatever it looks for: names of fields with their values, and of files. */
function partsOf(form: { contentType: string }, text: string) {
  const boundary = /boundary=(.*)$/.exec(form.contentType)?.[1] ?? '';
  const parts = text.split(`--${boundary}`).slice(1, -1);
  return parts.map((one) => {
    const [, name, fileName] = /name="([^"]*)"(?:; filename="([^"]*)")?/.exec(one) ?? [];
    return [name, fileName ?? one.slice(one.indexOf('\r\n\r\n') + 4, -2)];
  });
}

describe('a form', () => {
  it.each([1, 7, 10_000])('is the same but for the model and the boundary, in chunks of %d', async (size) => {
    const { form, sent } = await read(`${part('language', 'de')}${part('model', 'whisper-1 \xc3\xbc')}${file}${END}`, {
      size,
    });
    expect(form.model).toBe('whisper-1 ü');
    const text = await sent('other');
    const boundary = /boundary=([0-9a-f]+)$/.exec(form.contentType)?.[1] ?? '';
    expect(boundary).toHaveLength(BOUNDARY.length);
    expect(text.replaceAll(boundary, BOUNDARY)).toBe(`${part('language', 'de')}${part('model', 'other')}${file}${END}`);
    expect(form.length).not.toBeNull();
  });

  it.each([1, 7, 10_000])('is held until its model comes, behind its file, in chunks of %d', async (size) => {
    const { form, sent, heldBytes } = await read(`${file}${part('prompt', '')}${model}${END}`, { size });
    expect(heldBytes()).toBeGreaterThan(file.length);
    expect(partsOf(form, await sent('up'))).toEqual([
      ['file', 'a.wav'],
      ['prompt', ''],
      ['model', 'up'],
    ]);
  });

  it('is held up to a size, which the refusal tells', async () => {
    const large = part('file', 'x'.repeat(3_000_000), '; filename="a.wav"');
    const settings = { size: 65_536, maxHeldBytes: 2 * 1024 * 1024 };
    await expect(read(`${large}${model}${END}`, settings)).rejects.toThrow('within its first 2 MB: put it first');
    expect((await read(`${model}${large}${END}`, settings)).heldBytes()).toBeLessThan(100_000);
  });

  it.each([
    ['an unquoted name, as .NET writes it', raw('Content-Disposition: form-data; name=model', 'm')],
    [
      'other lines, as okhttp writes them',
      raw('content-disposition:form-data; name="model"\r\nContent-Length: 1', 'm'),
    ],
    ['a type', raw('Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name="model"', 'm')],
  ])('is written anew with %s, and its length is known when it has come', async (_what, head) => {
    const { form, sent } = await read(`${head}${file}${END}`, { size: 50 });
    expect(form.model).toBe('m');
    expect(form.length).not.toBeNull();
    const text = await sent('m');
    expect(text).toContain('Content-Disposition: form-data; name="model"');
    expect(text).not.toContain('Content-Length');
    expect(partsOf(form, text)).toEqual([
      ['model', 'm'],
      ['file', 'a.wav'],
    ]);
  });

  it('has no length where its sender stated none, and is not waited for', async () => {
    const large = part('file', 'x'.repeat(300_000), '; filename="a.wav"');
    const { form, sent } = await read(`${model}${large}${END}`, {
      size: 5_000,
      statesLength: false,
      maxHeldBytes: 10_000,
    });
    expect(form.length).toBeNull();
    expect(await sent('m')).toContain('x'.repeat(300_000));
  });

  it('has a boundary that no file can have in it, also where its own is short', async () => {
    const short = '--XyZ\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n--XyZ--';
    const { form, sent } = await read(short, { boundary: 'XyZ' });
    expect(/boundary=(.*)$/.exec(form.contentType)?.[1]).toMatch(/^[0-9a-f]{24}$/);
    expect(partsOf(form, await sent('m'))).toEqual([['model', 'm']]);
  });

  it('keeps the names of files, and none of them looks like a field', async () => {
    const names = [
      '; filename="a\\"; name=\\"model.wav"',
      '; filename="x.wav"; filename*=UTF-8\'\'%C3%BC.wav',
      '; filename=plain.wav',
    ];
    const { sent } = await read(`${model}${names.map((one) => part('file', 'x', one)).join('')}${END}`);
    const text = await sent('m');
    expect(text.match(/name="?model/g)).toHaveLength(1);
    expect(text).toContain("filename*=UTF-8''%C3%BC.wav");
    expect(text).toContain('filename="plain.wav"');
  });

  it('keeps nobody waiting for its million pieces', async () => {
    const { sent } = await read(`${part('file', 'x'.repeat(200_000), '; filename="a.wav"')}${model}${END}`, {
      size: 1,
    });
    expect(await sent('m')).toContain('x'.repeat(200_000));
  });
});

const disposition = (parameters: string) => raw(`Content-Disposition: form-data; ${parameters}`, 'other');

describe('a form that could be read in two ways is refused, before its model and behind it', () => {
  it.each([
    ['a name in RFC 8187’s way', disposition("name*=UTF-8''model")],
    ['both kinds of name', disposition('name="x"; name*=UTF-8\'\'model')],
    ['two names', disposition('name="x"; name="model"')],
    ['a folded line', raw('Content-Disposition: form-data;\r\n name="model"', 'other')],
    ['a folded line with a tab', raw('Content-Disposition: form-data; name="x"\r\n\t; name="model"', 'other')],
    ['blanks around the equals sign', disposition('name = "model"')],
    ['a blank behind the equals sign', disposition('name= "model"')],
    ['an escape in the name', disposition('name="mod\\el"')],
    ['a quote that is not closed', disposition('name="model')],
    ['something behind the quote', disposition('name="mod"el')],
    ['a quote in the middle', disposition('name=mod"el"')],
    ['a percent sign in the name', disposition('name="mod%65l"')],
    ['an encoded word', disposition('name="=?utf-8?q?model?="')],
    ['a name in another charset', disposition('name="mod\xe8l"')],
    ['a second field inside the name', disposition('name="x; name=model"')],
    [
      'two dispositions',
      raw('Content-Disposition: form-data; name="x"\r\nContent-Disposition: form-data; name="model"', 'o'),
    ],
    ['no disposition', raw('Content-Type: text/plain', 'other')],
    ['no name', raw('Content-Disposition: form-data', 'other')],
    ['another disposition', raw('Content-Disposition: attachment; name="model"', 'other')],
    ['a blank before the colon', raw('Content-Disposition : form-data; name="model"', 'other')],
    ['a bare line end in its head', raw('Content-Disposition: form-data; name="x"\nX: y', 'other')],
    ['another encoding', raw('Content-Disposition: form-data; name="x"\r\nContent-Transfer-Encoding: base64', 'bQ==')],
    [
      'a form in it',
      raw('Content-Disposition: form-data; name="x"\r\nContent-Type: multipart/mixed; boundary=q', 'other'),
    ],
    ['the charset of others', part('_charset_', 'utf-16')],
    ['another case of the model', part('Model', 'other')],
    ['a list of models', part('model[]', 'other')],
    [
      'a model of another charset',
      raw('Content-Disposition: form-data; name="model"\r\nContent-Type: text/plain; charset=utf-7', 'o'),
    ],
    ['a model that is a file', part('model', 'other', '; filename="m.txt"')],
    ['a model with a name of a file alone', part('model', 'other', "; filename*=UTF-8''m.txt")],
    ['a head without an end', `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${'x'.repeat(9_000)}`],
    ['bare line ends', part('x', 'other').replaceAll('\r\n', '\n')],
    ['blanks behind the boundary', part('x', 'other').replace(BOUNDARY, `${BOUNDARY} `)],
    ['a longer boundary', part('x', 'other').replace(BOUNDARY, `${BOUNDARY}1`)],
    ['a boundary in its content', part('x', `a\n--${BOUNDARY}\r\n${disposition('name=model')}`)],
    ['a boundary at the beginning of its content', part('x', `--${BOUNDARY}\r\n${disposition('name=model')}`)],
    ['what the caller may not send', part('forbidden', 'other')],
  ])('%s', async (_what, odd) => {
    for (const size of [1, 13, 10_000]) {
      for (const text of [`${odd}${model}${END}`, `${model}${odd}${END}`, `${model}${file}${odd}${END}`]) {
        const all = async () => (await read(text, { size })).sent('m');
        await expect(all()).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
      }
    }
  });

  it.each([
    ['there is no model', `${part('modeling', 'm')}${END}`],
    ['the model is empty', `${part('model', '')}${END}`],
    ['the model’s name is endless', `${part('model', 'x'.repeat(2_000))}${END}`],
    ['the model’s name is no UTF-8', `${part('model', 'm\xe9')}${END}`],
    ['it has two models', `${model}${file}${model}${END}`],
    ['it is cut', part('model', 'm').slice(0, -4)],
    ['its last boundary is missing', `${model}${file}`],
    ['there is nothing', ''],
    ['there is text before it', `hello\r\n${model}${END}`],
    ['there is text behind it', `${model}${END}${model}${END}`],
    ['it has too many parts', `${part('x', '1').repeat(1_100)}${model}${END}`],
  ])('as where %s', async (_what, text) => {
    const all = async () => (await read(text, { size: 50_000 })).sent('m');
    await expect(all()).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});

it.each([
  'multipart/form-data; boundary=XyZ',
  'multipart/form-data; boundary="XyZ"',
  'Multipart/Form-Data; charset=utf-8; Boundary=XyZ; x=y',
  'multipart/form-data;boundary=XyZ;',
])('the boundary of %s is read', (type) => {
  expect(boundaryOf(type)).toBe('XyZ');
});

it.each([
  'multipart/form-data',
  'multipart/form-data; boundary=',
  'multipart/form-data; boundary=a; boundary=b',
  "multipart/form-data; boundary*=utf-8''a",
  'multipart/form-data; boundary*0=a; boundary*1=b',
  'multipart/form-data; boundary = a',
  'multipart/form-data; boundary="a',
  'multipart/form-data; boundary="a"b',
  'multipart/form-data; charset=utf-16; boundary=a',
  `multipart/form-data; boundary=${'a'.repeat(71)}`,
  'multipart/form-data; boundary="a "',
])('the boundary of %s is refused', (type) => {
  expect(() => boundaryOf(type)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
});
