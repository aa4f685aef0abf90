import { describe, expect, it } from '@jest/globals';
import { EndpointUrlError, normaliseEndpointUrl } from './endpoint-url.js';
import type { EndpointKind } from './kinds/kinds.js';

const urlOf = (text: string, kind: EndpointKind = 'OPENAI') => normaliseEndpointUrl(text, kind).url;

function reasonOf(text: string, kind: EndpointKind = 'OPENAI'): string {
  try {
    return urlOf(text, kind);
  } catch (error) {
    if (error instanceof EndpointUrlError) return error.reason;
    throw error;
  }
}

describe('normaliseEndpointUrl', () => {
  it.each([
    ['https://api.openai.com/v1', 'https://api.openai.com/v1'],
    ['  https://api.openai.com/v1/  ', 'https://api.openai.com/v1'],
    ['HTTPS://API.OpenAI.com:443/v1', 'https://api.openai.com/v1'],
    ['http://10.0.0.1:8000//v1///', 'http://10.0.0.1:8000/v1'],
    ['http://10.0.0.1:8000/v1/chat/completions', 'http://10.0.0.1:8000/v1'],
    ['http://10.0.0.1:8000/v1/models/', 'http://10.0.0.1:8000/v1'],
    ['http://10.0.0.1:8000/v1/Embeddings', 'http://10.0.0.1:8000/v1'],
    ['http://localhost:11434/api/tags', 'http://localhost:11434'],
    ['http://host/v1beta/openai/', 'http://host/v1beta/openai'],
    ['http://host/v1/v1', 'http://host/v1/v1'],
    ['localhost:8000/v1', 'http://localhost:8000/v1'],
    ['192.168.18.49:8000', 'http://192.168.18.49:8000'],
    ['[::1]:8000/v1', 'http://[::1]:8000/v1'],
    ['gpu-box/v1', 'http://gpu-box/v1'],
    ['llm.corp.internal/v1', 'http://llm.corp.internal/v1'],
    ['llm.example:8000', 'http://llm.example:8000'],
    ['api.openai.com/v1', 'https://api.openai.com/v1'],
    ['api.openai.com:443/v1', 'https://api.openai.com/v1'],
    ['http://0.0.0.0:8000/v1', 'http://127.0.0.1:8000/v1'],
    ['http://[::]:8000/v1', 'http://[::1]:8000/v1'],
    ['http://2130706433:6667/v1', 'http://127.0.0.1:6667/v1'],
    ['http://host/v1\u200b', 'http://host/v1'],
    ['\ufeffhttp://ho\u00adst\u2060:8000/v\u200d1', 'http://host:8000/v1'],
    ['\u202ahttp://host/v1\u202c', 'http://host/v1'],
    ['http://host/v1%E2%80%8B/', 'http://host/v1'],
    ['http://host/a%20b%e2%80%8bc', 'http://host/a%20bc'],
    ['\u00a0http://host/v1\u00a0', 'http://host/v1'],
    ['"http://host/v1"', 'http://host/v1'],
    ["'http://host/v1' ", 'http://host/v1'],
    ['“http://host/v1”', 'http://host/v1'],
    ['<http://host/v1>', 'http://host/v1'],
    ['http://host/v1,', 'http://host/v1'],
    ['http://host/v1 ;', 'http://host/v1'],
    ['"http://host/v1",', 'http://host/v1'],
    ['http-proxy/v1', 'http://http-proxy/v1'],
    ['https.corp.internal:8000/v1', 'http://https.corp.internal:8000/v1'],
    ['tts:8000/v1', 'http://tts:8000/v1'],
    ['tts/v1', 'http://tts/v1'],
    ['hp/v1', 'http://hp/v1'],
    ['tts-box/v1', 'http://tts-box/v1'],
    ['http_server:8000', 'http://http_server:8000'],
    ['http://münchen.example/v1', 'http://xn--mnchen-3ya.example/v1'],
  ])('makes of %j the base URL %j', (text, expected) => expect(urlOf(text)).toBe(expected));

  it.each([
    ['localhost', 'http://localhost:11434'],
    ['gpu-box', 'http://gpu-box:11434'],
    [':1234', 'http://127.0.0.1:1234'],
    ['gpu-box:8080', 'http://gpu-box:8080'],
    ['http://gpu-box', 'http://gpu-box'],
    ['https://gpu-box', 'https://gpu-box'],
    ['https://gpu-box:443', 'https://gpu-box'],
    ['[::1]', 'http://[::1]:11434'],
    ['[::1]:80', 'http://[::1]'],
    ['::1', 'http://[::1]:11434'],
    ['0.0.0.0', 'http://127.0.0.1:11434'],
    ['0.0.0.0:8080', 'http://127.0.0.1:8080'],
    ['::', 'http://[::1]:11434'],
    ['[::]:8080', 'http://[::1]:8080'],
    ['ollama.com', 'https://ollama.com'],
    ['gpu-box/ollama', 'http://gpu-box:11434/ollama'],
    ['http://gpu-box:11434/api', 'http://gpu-box:11434'],
    ['http://gpu-box:11434/api/chat', 'http://gpu-box:11434'],
    ['http://gpu-box/proxy/api/tags', 'http://gpu-box/proxy'],
    ['http://gpu-box:11434/v1', 'http://gpu-box:11434/v1'],
  ])('reads %j as OLLAMA_HOST would be: %j', (text, expected) => expect(urlOf(text, 'OLLAMA')).toBe(expected));

  it('takes the user and the password out, decoded, and repeats neither', () => {
    const { url, credentials, repaired } = normaliseEndpointUrl('https://ad%40min:p%3As%2Fs%@host:8443/v1', 'OPENAI');
    expect(url).toBe('https://host:8443/v1');
    expect(credentials).toEqual({ user: 'ad@min', password: 'p%3As%2Fs%' });
    expect(normaliseEndpointUrl('me:pa%3Ass@gpu-box', 'OLLAMA')).toMatchObject({
      url: 'http://gpu-box:11434',
      credentials: { user: 'me', password: 'pa:ss' },
    });
    expect(repaired.join()).not.toContain('p%3A');
    for (const text of ['http://me:secret@ho st/', 'me:secret@ho^st', 'http//me:secret@host', 'me:se/secret@h^st']) {
      expect(() => normaliseEndpointUrl(text, 'OPENAI')).toThrow(/^(?!.*:secret)/);
    }
    expect(() => normaliseEndpointUrl('Bearer:sk-1234567890/^', 'OPENAI')).toThrow(/^(?!.*1234567890)/);
  });

  it.each([
    'me:hidden-part@',
    'http://me:hidden-part@',
    'http://me:hidden/part-hidden-part@:99999/',
    'https:me:hidden-part@host',
    '//me:hidden-part@host/v1',
    '/v1?api_key=hidden-part',
    '//host/v1?x=1&access_token=hidden-part&y=2',
  ])('quotes %j without what signs in', (text) => {
    expect(() => normaliseEndpointUrl(text, 'OPENAI')).toThrow(/^"(?!.*hidden-part).*" is not a URL\./);
  });

  it('says what it changed, and nothing of a URL that was good', () => {
    expect(normaliseEndpointUrl('http://host/v1', 'OPENAI').repaired).toEqual([]);
    const { repaired } = normaliseEndpointUrl('host:80/v1/models', 'OPENAI');
    expect(repaired).toEqual([
      'Completed to http://host:80/v1/models.',
      'Removed /models from the end: it is added to every request.',
    ]);
  });

  it.each([
    ['', 'EMPTY'],
    ['   ', 'EMPTY'],
    ['ftp://host/v1', 'SCHEME'],
    ['file:///etc/passwd', 'SCHEME'],
    ['unix:///run/x.sock', 'SCHEME'],
    ['javascript:alert(1)', 'NOT_A_URL'],
    ['http:host', 'NOT_A_URL'],
    ['http://host/v1%0d%0aX-Header:%201', 'NOT_A_URL'],
    ['http://host/v%001', 'NOT_A_URL'],
    ['http://host/v1%C2%85', 'NOT_A_URL'],
    ['http://us%0aer:secret@host/v1', 'NOT_A_URL'],
    ['http://', 'NOT_A_URL'],
    ['/v1', 'NOT_A_URL'],
    ['//host/v1', 'NOT_A_URL'],
    ['http//host/v1', 'NOT_A_URL'],
    ['https//host/v1', 'NOT_A_URL'],
    ['http/host/v1', 'NOT_A_URL'],
    ['http:/host', 'NOT_A_URL'],
    ['http;//host', 'NOT_A_URL'],
    ['http:\\\\host', 'NOT_A_URL'],
    ['http.//host', 'NOT_A_URL'],
    ['htp:/host', 'NOT_A_URL'],
    ['hhtps//host', 'NOT_A_URL'],
    ['htt//host', 'NOT_A_URL'],
    ['htttp//host:8000', 'NOT_A_URL'],
    ['ttp//host', 'NOT_A_URL'],
    ['htp://host', 'SCHEME'],
    ['hxxp://host', 'SCHEME'],
    ['ws://host/v1', 'SCHEME'],
    ['http://http://host', 'NOT_A_URL'],
    ['http://https//host/v1', 'NOT_A_URL'],
    ['http://host/http://other/v1', 'NOT_A_URL'],
    ['https://http', 'NOT_A_URL'],
    ['https:///v1', 'NOT_A_URL'],
    ['http:////host', 'NOT_A_URL'],
    ['http://:8000/v1', 'NOT_A_URL'],
    ['http://?x', 'NOT_A_URL'],
    ['http://user:pass@/v1', 'NOT_A_URL'],
    ['http://.', 'NOT_A_URL'],
    ['http://host..lan/v1', 'NOT_A_URL'],
    ['http://ho"st/v1', 'NOT_A_URL'],
    ['http://ho,st/v1', 'NOT_A_URL'],
    ['http://{host}/v1', 'NOT_A_URL'],
    ['http://$HOST/v1', 'NOT_A_URL'],
    ['http://<host>:8000', 'NOT_A_URL'],
    ['"http://host/v1', 'NOT_A_URL'],
    ['http://host\\v1', 'NOT_A_URL'],
    ['http://host/\ud800', 'NOT_A_URL'],
    ['http://a/v1, http://b/v1', 'NOT_A_URL'],
    ['\u200b\ufeff', 'EMPTY'],
    ['""', 'EMPTY'],
    ['http://ho st/v1', 'NOT_A_URL'],
    ['http://host/v1\n/models', 'NOT_A_URL'],
    ['http://host:99999/', 'NOT_A_URL'],
    ['http://host:0/', 'NOT_A_URL'],
    ['http://999.1.1.1/', 'NOT_A_URL'],
    ['http://host/v1?api-version=1', 'QUERY'],
    ['http://host/v1?', 'QUERY'],
    ['http://host/#/v1', 'FRAGMENT'],
    ['http://host/#', 'FRAGMENT'],
    [`http://host/${'x'.repeat(2_048)}`, 'TOO_LONG'],
  ])('answers %j with %s', (text, expected) => expect(reasonOf(text)).toBe(expected));

  it('changes nothing when it is given its own result', () => {
    for (const text of ['localhost:8000/v1/models', 'https://u:p@host/v1/', '0.0.0.0:1']) {
      const once = urlOf(text);
      expect(normaliseEndpointUrl(once, 'OPENAI')).toEqual({ url: once, credentials: null, repaired: [] });
    }
  });
});
