import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import { createOutboundClient, createProviders, type OutboundClient } from '../index.js';

const KEY = 'sk-simulated-0123456789';
let server: Server | null = null;
let client: OutboundClient | null = null;

afterEach(async () => {
  server?.close();
  await client?.close();
});

async function check(answer: RequestListener) {
  server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = createOutboundClient();
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/v1`;
  const endpoint = { kind: 'OPENAI' as const, url, auth: 'BEARER' as const, apiKey: KEY };
  return createProviders({ client }).OPENAI.check({ ...endpoint, headers: [], declaredModels: [] });
}

it.each<[string, RequestListener]>([
  [
    'the place that it redirects to',
    (_request, response) => response.writeHead(302, { location: `/sign-in/${KEY}/x` }).end(),
  ],
  [
    'the coding of its answer',
    (_request, response) => response.writeHead(200, { 'content-encoding': KEY }).end('{"data":[]}'),
  ],
])('a check shows no key that the endpoint puts into %s', async (_where, answer) => {
  const found = await check(answer);
  expect(found.status).toBe('OFFLINE');
  expect(JSON.stringify(found)).not.toContain(KEY);
});

it('a check leaves out a model whose id repeats the key, masks what else is told of one, and says so', async () => {
  const data = [
    { id: 'honest', object: 'model', owned_by: 'them' },
    { id: `${KEY}/model`, object: 'model', owned_by: 'them' },
    { id: 'quoting', object: 'model', owned_by: `whoever has ${KEY}` },
  ];
  const found = await check((_request, response) => {
    response
      .writeHead(200, { 'content-type': 'application/json', server: KEY })
      .end(JSON.stringify({ object: 'list', data }));
  });
  expect(found.models?.map(({ upstreamId, ownedBy }) => [upstreamId, ownedBy])).toEqual([
    ['honest', 'them'],
    ['quoting', 'whoever has •••'],
  ]);
  expect(found).toMatchObject({ status: 'ONLINE', problem: null });
  expect(found.stages.find(({ stage }) => stage === 'CATALOGUE')).toMatchObject({
    state: 'WARNING',
    detail: '2 models, 1 left out',
    problem: {
      code: 'PARTIAL_MODEL_LIST',
      message: '1 model was left out: the id repeats the key or a header of this connection.',
    },
  });
  expect(JSON.stringify(found)).not.toContain(KEY);
});
