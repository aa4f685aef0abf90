import { describe, expect, it } from '@jest/globals';
import { isInAdvanced, sortIssues } from './field-errors.js';

const sent = { headers: [0, 2], modelAliases: [0] };

describe('issues of the API', () => {
  it('land beside the row that was sent, not the position it was sent at', () => {
    const { fields } = sortIssues([{ field: 'input.headers.1.name', message: 'Not allowed.' }], sent);
    expect(fields).toEqual({ 'headers.2.name': 'Not allowed.' });
  });

  it('land beside a list as a whole, whichever item they are about', () => {
    const { fields } = sortIssues([{ field: 'input.modelAllowlist.4', message: 'Too long.' }], sent);
    expect(fields).toEqual({ modelAllowlist: 'Too long.' });
  });

  it('find fields that the form shows in another unit', () => {
    const { fields } = sortIssues([{ field: 'input.firstByteTimeoutMs', message: 'Too small.' }], sent);
    expect(fields).toEqual({ firstByteTimeout: 'Too small.' });
  });

  it('are told apart from fields that the form does not have', () => {
    const sorted = sortIssues([{ field: 'input.somethingNew', message: 'Wrong.' }], sent);
    expect(sorted).toEqual({ fields: {}, others: ['Wrong.'] });
  });

  it('become one text where they are about one field', () => {
    const { fields } = sortIssues(
      [
        { field: 'input.url', message: 'No user in it.' },
        { field: 'input.url', message: 'No query in it.' },
      ],
      sent,
    );
    expect(fields).toEqual({ url: 'No user in it. No query in it.' });
  });
});

describe('the Advanced fold', () => {
  it('has the key of an Ollama instance, and not that of an OpenAI format endpoint', () => {
    expect(isInAdvanced('apiKey', 'OLLAMA')).toBe(true);
    expect(isInAdvanced('apiKey', 'OPENAI')).toBe(false);
    expect(isInAdvanced('headers.0.name', 'OPENAI')).toBe(true);
  });
});
