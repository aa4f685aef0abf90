import { describe, expect, it } from '@jest/globals';
import { capabilitiesInWords, formatBytes, formatContext, mayChat } from './model-facts.js';

describe('what is known of a model', () => {
  it('keeps unknown capabilities unknown: they are neither none nor chat', () => {
    expect(capabilitiesInWords({ capabilities: null })).toBeNull();
    expect(capabilitiesInWords({ capabilities: [] })).toBe('none');
  });

  it('does not rule out a chat where nothing is known, and does where something else is stated', () => {
    expect(mayChat({ capabilities: null })).toBe(true);
    expect(mayChat({ capabilities: ['EMBEDDING'] })).toBe(false);
  });

  it.each([
    [2048, '2k'],
    [32_768, '32k'],
    [40_960, '40k'],
    [131_072, '128k'],
    [200_000, '200k'],
    [1_048_576, '1M'],
    [512, '512'],
  ])('%d tokens are %s', (tokens, words) => {
    expect(formatContext(tokens)).toBe(words);
  });

  it.each([
    [4_700_000_000, '4.7 GB'],
    [274_000_000, '274 MB'],
  ])('%d bytes are %s', (bytes, words) => {
    expect(formatBytes(bytes)).toBe(words);
  });
});
