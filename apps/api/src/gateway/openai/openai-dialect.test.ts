import { describe, expect, it } from '@jest/globals';
import type { Connection } from '../../connections/connection.entity.js';
import { scanBody } from '../body/body-scanner.js';
import { GatewayCall } from '../forwarding/gateway-call.js';
import type { Candidate } from '../routing/routing-table.js';
import { OpenaiDialect } from './openai-dialect.js';
import { ResponseOwners } from './response-owners.js';

function planOf(
  { countStreamTokens = true, path = '/chat/completions', mayAsk = true },
  text = '{"model":"m","stream":true}',
) {
  const body = Buffer.from(text);
  const request = { id: '1', actor: { type: 'system' }, raw: { headers: {} }, answer: {} };
  const account = { noteModel: () => undefined };
  const call = new GatewayCall(request as never, { method: 'POST', path, body, account });
  const connection = { id: 'a', kind: 'OPENAI', countStreamTokens } as Connection;
  return new OpenaiDialect(call, scanBody(body)!, new ResponseOwners()).planFor({ connection } as Candidate, mayAsk);
}

describe('an endpoint is asked for the token counts of a stream', () => {
  it('where its connection is set to it, behind the brace of the body', () => {
    expect(planOf({})).toMatchObject({ asksForTokens: true, body: { questionAt: 1 } });
    expect(planOf({ countStreamTokens: false })).toMatchObject({ asksForTokens: false, body: { questionAt: null } });
  });

  it.each([
    ['it refused lately', planOf({ mayAsk: false })],
    ['the path has streams without the question', planOf({ path: '/responses' })],
    ['no stream is wanted', planOf({}, '{"model":"m"}')],
    ['the caller asks by itself', planOf({}, '{"stream_options":{},"model":"m","stream":true}')],
  ])('but not where %s', (_, plan) => {
    expect(plan).toMatchObject({ asksForTokens: false, body: { questionAt: null } });
  });
});
