import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { PulledBody, readFormHead } from './form-head.js';

const TYPE = 'multipart/form-data; boundary=XyZ';
const part = (name: string, value: string, more = '') =>
  `--XyZ\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
const file = part('file', 'RIFF--XyZ not a delimiter', '; filename="a.wav"\r\nContent-Type: audio/wav');

function streamOf(text: string, size: number): PulledBody {
  const bytes = Buffer.from(text);
  return new PulledBody(
    Readable.from(
      Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      ),
      { objectMode: false },
    ),
  );
}

describe('a form', () => {
  it.each([1, 7, 10_000])('gives its model and all its bytes, in chunks of %d', async (size) => {
    const text = `${part('language', 'de')}${part('model', 'whisper-1 ü')}${file}--XyZ--\r\n`;
    const head = await readFormHead(streamOf(text, size), TYPE);
    expect(head.model.value).toBe('whisper-1 ü');
    expect(head.bytes.toString('utf8', head.model.start, head.model.end)).toBe('whisper-1 ü');
    const all = [head.bytes];
    for (let chunk = await head.next(); chunk !== null; chunk = await head.next()) all.push(chunk);
    expect(Buffer.concat(all).toString()).toBe(text);
  });

  it.each([
    ['a quoted boundary', 'multipart/form-data; boundary="XyZ"', part('model', 'm')],
    ['another order of parameters', 'multipart/form-data; charset=utf-8; boundary=XyZ; x=y', part('model', 'm')],
    [
      'an unquoted name and a type',
      TYPE,
      '--XyZ\r\nContent-Type: text/plain\r\ncontent-disposition: form-data; name=model\r\n\r\nm\r\n',
    ],
  ])('is read with %s', async (_what, type, text) => {
    expect((await readFormHead(streamOf(`${text}--XyZ--`, 5), type)).model.value).toBe('m');
  });

  it.each([
    ['the file comes first', `${file}${part('model', 'm')}--XyZ--`],
    ['there is no model', `${part('modeling', 'm')}--XyZ--`],
    ['it is cut', part('model', 'm').slice(0, -4)],
    ['there is nothing', ''],
    ['the fields before it are endless', part('prompt', 'x'.repeat(300_000))],
  ])('is refused where %s', async (_what, text) => {
    await expect(readFormHead(streamOf(text, 50_000), TYPE)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it.each([1, 7, 10_000])('is refused while it is read where a second model follows, in chunks of %d', async (size) => {
    const seconds = [
      part('model', 'other'),
      part('MODEL', 'other'),
      part('x', '1').replace('name="x"', 'name=model'),
      part('model', 'other').replaceAll('\r\n', '\n'),
    ];
    for (const second of seconds) {
      const read = async () => {
        const { next } = await readFormHead(streamOf(`${part('model', 'm')}${file}${second}--XyZ--\r\n`, size), TYPE);
        while ((await next()) !== null);
      };
      await expect(read()).rejects.toMatchObject({ code: 'BAD_USER_INPUT', details: { field: 'model' } });
    }
  });

  it('is refused without a boundary', async () => {
    await expect(readFormHead(streamOf('', 1), 'multipart/form-data')).rejects.toThrow('boundary');
  });
});
