import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { admin, fieldsOf, openWorkspace, refusal, type Workspace } from '../../../test/support/workspace.js';
import { takeKeyOut } from './pasted-key.js';

const KEY = 'sk-proj-1234567890_ab-CD==';
const BASIC = Buffer.from('ada:lovelace:1').toString('base64');

describe('a key that was pasted with what stood around it', () => {
  it.each([
    `Bearer ${KEY}`,
    `bearer  ${KEY} `,
    `BEARER:${KEY}`,
    `Authorization: Bearer ${KEY}`,
    `authorization:Bearer ${KEY}`,
    `"Authorization": "Bearer ${KEY}",`,
    `'Authorization: Bearer ${KEY}'`,
    `-H "Authorization: Bearer ${KEY}"`,
    `--header 'Authorization: Bearer ${KEY}'`,
    `"${KEY}"`,
    `'${KEY}'`,
    `“${KEY}”`,
    `\`${KEY}\``,
    `"${KEY}",`,
    `${KEY},`,
    `${KEY};`,
    `Bearer ${KEY},`,
    `api-key: ${KEY}`,
    `x-api-key:${KEY}`,
    `"apiKey": "${KEY}"`,
    `api_key: ${KEY}`,
    `export OPENAI_API_KEY=${KEY}`,
    `export OPENAI_API_KEY="${KEY}"`,
    `OPENAI_API_KEY=${KEY}`,
    `OPENAI_API_KEY='Bearer ${KEY}'`,
    `OPENAI_API_KEY: ${KEY}`,
    `set OPENAI_API_KEY=${KEY}`,
    `setx OPENAI_API_KEY "${KEY}"`,
    `$env:OPENAI_API_KEY = "${KEY}"`,
    `\u200b${KEY}\ufeff`,
    `Bearer\u00a0${KEY}`,
    `${KEY.slice(0, 9)}\u200b\u00ad${KEY.slice(9)}`,
    KEY,
  ])('is taken out of %j', (text) => expect(takeKeyOut(text).key).toBe(KEY));

  it.each([
    [`Authorization: Bearer ${KEY}`, 'BEARER'],
    [`api-key: ${KEY}`, 'API_KEY'],
    [`X-API-Key: ${KEY}`, 'X_API_KEY'],
    [`Basic ${BASIC}`, 'BASIC'],
    [`Authorization: Basic ${BASIC.replace(/=+$/, '')}`, 'BASIC'],
    [KEY, null],
  ])('says how it travels, as in %j', (text, scheme) => expect(takeKeyOut(text).scheme).toBe(scheme));

  it.each(['id:part', 'mytokenkey:abc', 'abcKEYdef==', 'key', 'Bearerless', 'user-key-2:xyz=1'])(
    'is left as it is where it may be a key itself: %s',
    (text) => expect(takeKeyOut(text).key).toBe(text),
  );

  it.each(['apikey:pass word', 'token: x', 'export A=b:c', "o'neill:'"])(
    'is left as it is where it may be a user and a password: %s',
    (text) => expect(takeKeyOut(text, true).key).toBe(text),
  );

  it('is decoded where it is the header of user and password', () => {
    expect(takeKeyOut(`Basic ${BASIC}`, true)).toMatchObject({ key: 'ada:lovelace:1', scheme: 'BASIC' });
  });

  it('ends, however deep somebody wraps it', () => {
    expect(takeKeyOut(`${'Bearer '.repeat(1_000)}x`).key).toMatch(/^Bearer /);
  });
});

describe('a connection', () => {
  let workspace: Workspace;
  let number = 0;
  beforeAll(async () => {
    workspace = await openWorkspace();
  });
  afterAll(() => workspace.close());

  const keyOf = async (id: string) => (await workspace.keyReveal.reveal(admin(), id)).apiKey;
  const link = (apiKey: string, more: object = {}) => {
    number += 1;
    return workspace.link({ url: `https://host-${String(number)}.example.com/v1`, apiKey, ...more });
  };

  it('is stored with the key alone, and sends it as the header said', async () => {
    const bearer = await link(`Authorization: Bearer ${KEY}`);
    expect([bearer.auth, await keyOf(bearer.id)]).toEqual(['BEARER', KEY]);
    expect(bearer.apiKeyPreview).toBe(`••••••••${KEY.slice(-4)}`);
    const header = await link(`x-api-key: ${KEY}`);
    expect([header.auth, await keyOf(header.id)]).toEqual(['X_API_KEY', KEY]);
    const basic = await link(`Basic ${BASIC}`);
    expect([basic.auth, await keyOf(basic.id)]).toEqual(['BASIC', 'ada:lovelace:1']);
  });

  it('is updated, and tried, with the key alone', async () => {
    const { id, url } = await link('another-key-1234567890');
    await workspace.connections.update(admin(), id, { apiKey: `export KEY="Bearer ${KEY}"` });
    expect(await keyOf(id)).toBe(KEY);
    await workspace.verification.verify(admin(), { kind: 'OPENAI', url, apiKey: `"Bearer ${KEY}"` });
    expect(workspace.tried.at(-1)).toMatchObject({ apiKey: KEY, auth: 'BEARER' });
  });

  it.each([
    ['Bearer', {}],
    ['https://llm.example.com/v1?key=sk-1', {}],
    ['Authorization:', {}],
    ['Bearer $OPENAI_API_KEY', {}],
    ['Bearer ${OPENAI_API_KEY}', {}],
    ['%OPENAI_API_KEY%', {}],
    ['<your key>', {}],
    ['sk-1234 5678', {}],
    ['my key is sk-12345678', {}],
    ['{"apiKey":"sk-12345678"}', {}],
    ['"sk-12345678', {}],
    ["curl -H 'Authorization: Bearer sk-12345678'", {}],
    ['Authorization: Token sk-12345678', {}],
    ['Basic sk-12345678', {}],
    ['x-api-key: sk-12345678', { auth: 'BEARER' as const }],
    ['Authorization: Bearer sk-12345678', { auth: 'API_KEY' as const }],
    ['Bearer sk-12345678', { auth: 'BASIC' as const }],
    ['\u200b', {}],
  ])('is refused in a sentence with %j as its key', async (apiKey, more) => {
    const error = await refusal(link(apiKey, more));
    expect(error.code).toBe('BAD_USER_INPUT');
    expect(fieldsOf(error)).toContain('apiKey');
    expect(error.message).toMatch(/^[A-Z].*\.$/);
    expect(error.message).not.toContain('12345678');
  });
});
