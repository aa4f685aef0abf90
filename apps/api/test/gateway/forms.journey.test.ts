import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually, startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { startRawEndpoint, type RawEndpoint } from '../support/endpoints/raw-endpoint.js';
import { testDatabases } from '../support/postgres/postgres.js';

let app: TestApp;
let admin: TestClient;
let endpoint: RawEndpoint;

beforeAll(async () => {
  app = await startTestApp({ kind: testDatabases[0]! });
  admin = await app.admin();
  endpoint = await startRawEndpoint('one', ['whisper', 'dall-e']);
  await admin.data('mutation ($input: AddConnectionInput!) { addConnection(input: $input) { id } }', {
    input: { kind: 'OPENAI', url: endpoint.url, modelPrefix: 'local/' },
  });
  await eventually(
    () => Promise.resolve(app.app.services.routing.table.find('local/whisper')),
    (route) => route !== undefined,
  );
}, 120_000);

afterAll(async () => {
  await app.close();
  await endpoint.close();
});

function form(fields: Record<string, string>, file: string | null): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  if (file !== null) data.append('file', new Blob([file], { type: 'audio/wav' }), 'a.wav');
  return data;
}

const send = (path: string, body: FormData | string, headers: Record<string, string> = {}) =>
  admin.fetch(`/v1${path}`, { method: 'POST', body, headers });

it.each(['/audio/transcriptions', '/audio/translations', '/images/edits', '/images/variations'])(
  'a form of %s goes through with the name that the endpoint knows, and else as it is',
  async (path) => {
    const file = 'RIFF'.repeat(500_000);
    const response = await send(path, form({ language: 'de', model: 'local/whisper', prompt: 'x' }, file));
    expect([response.status, await response.text()]).toEqual([200, '{"name":"one"}']);
    const { path: seenPath, headers, body } = endpoint.seen.at(-1)!;
    expect(seenPath).toBe(`/v1${path}`);
    expect(headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
    expect(Number(headers['content-length'])).toBe(Buffer.byteLength(body));
    const parts = body.split(/--[-\w]+(?:--)?\r\n/).slice(1, -1);
    const read = parts.map((part) => [/name="(\w+)"/.exec(part)?.[1], part.slice(part.indexOf('\r\n\r\n') + 4, -2)]);
    expect(read).toEqual([
      ['language', 'de'],
      ['model', 'whisper'],
      ['prompt', 'x'],
      ['file', file],
    ]);
  },
);

it('a form whose file comes first is held until its model is known', async () => {
  const data = form({}, 'x'.repeat(3_000_000));
  data.append('model', 'local/whisper');
  const response = await send('/audio/transcriptions', data);
  expect([response.status, await response.text()]).toEqual([200, '{"name":"one"}']);
  const { headers, body } = endpoint.seen.at(-1)!;
  expect(Number(headers['content-length'])).toBe(Buffer.byteLength(body));
  expect(body).toContain('name="model"\r\n\r\nwhisper\r\n');
  expect(app.app.services.bodyBudget.usedBytes).toBe(0);
});

it('a compressed form is sent on as it is without, and one of an unknown coding is refused by its name', async () => {
  const bytes = Buffer.from(await new Response(form({ model: 'local/whisper' }, 'x'.repeat(100_000))).arrayBuffer());
  const boundary = bytes.toString('latin1', 2, bytes.indexOf('\r\n'));
  const type = { 'content-type': `multipart/form-data; boundary=${boundary}` };
  const path = '/audio/transcriptions';
  const packed = gzipSync(bytes) as unknown as string;
  const response = await send(path, packed, { ...type, 'content-encoding': 'gzip' });
  expect(response.status).toBe(200);
  expect(endpoint.seen.at(-1)!.body).toContain('x'.repeat(100_000));
  const refused = await send(path, packed, { ...type, 'content-encoding': 'compress' });
  expect([refused.status, await refused.text()]).toEqual([415, expect.stringContaining('compress')]);
});

it('a form with an unknown model, JSON in place of a form and a form in place of JSON are told apart', async () => {
  expect((await send('/audio/transcriptions', form({ model: 'nobody' }, 'x'))).status).toBe(404);
  const json = { 'content-type': 'application/json' };
  expect((await send('/audio/transcriptions', '{"model":"local/whisper"}', json)).status).toBe(415);
  expect((await send('/chat/completions', form({ model: 'local/whisper' }, null))).status).toBe(415);
});

it('a form that names a second model behind its file reaches no endpoint as a whole, and none is blamed for it', async () => {
  const before = endpoint.seen.length;
  const data = form({ model: 'local/whisper' }, 'x'.repeat(2_000_000));
  data.append('model', 'local/dall-e');
  const response = await send('/audio/transcriptions', data);
  expect([response.status, await response.json()]).toMatchObject([400, { error: { param: 'model' } }]);
  expect(endpoint.seen).toHaveLength(before);
  expect(app.app.services.load.size).toBe(0);
});

it('no endpoint is blamed for a form that its caller broke off', async () => {
  const { port } = new URL(app.url);
  const socket = connect(Number(port), '127.0.0.1');
  await once(socket, 'connect');
  const head = '--B\r\nContent-Disposition: form-data; name="model"\r\n\r\nlocal/whisper\r\n--B\r\n';
  const lines = [
    `Host: 127.0.0.1:${port}`,
    `Origin: ${app.url}`,
    `Cookie: ${admin.cookie ?? ''}`,
    'Content-Length: 1000000',
  ];
  lines.push('Content-Type: multipart/form-data; boundary=B');
  socket.write(`POST /v1/audio/transcriptions HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${head}`);
  const { load } = app.app.services;
  await eventually(
    () => Promise.resolve(load.size),
    (count) => count === 1,
  );
  socket.resetAndDestroy();
  await eventually(
    () => Promise.resolve(load.size),
    (count) => count === 0,
  );
});
