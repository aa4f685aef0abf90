import { describe, expect, it } from '@jest/globals';
import { tokens, type TokenName } from './tokens.js';

/** Relative luminance as WCAG 2.2 defines it. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((channel) => (channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

const surfaces: TokenName[] = ['page', 'card', 'soft'];
const onSurfaces: TokenName[] = ['text', 'muted', 'accent', 'offline-text', 'attention-text', 'online-text'];
const textPairs: [TokenName, TokenName][] = [
  ...onSurfaces.flatMap((text) => surfaces.map((surface): [TokenName, TokenName] => [text, surface])),
  ['text', 'offline-fill'],
  ['text', 'attention-fill'],
  ['accent', 'offline-fill'],
  ['accent', 'attention-fill'],
  ['offline-text', 'offline-fill'],
  ['attention-text', 'attention-fill'],
  ['on-accent', 'accent'],
  ['on-accent', 'accent-hover'],
];
const graphicPairs: [TokenName, TokenName][] = [
  ['online', 'card'],
  ['offline', 'card'],
  ['attention', 'card'],
  ['switch-off', 'card'],
  ['accent', 'card'],
];

describe.each(['light', 'dark'] as const)('tokens, %s', (scheme) => {
  it.each(textPairs)('%s is readable on %s', (text, surface) => {
    expect(contrast(tokens[text][scheme], tokens[surface][scheme])).toBeGreaterThanOrEqual(4.5);
  });

  it.each(graphicPairs)('%s stands out on %s', (graphic, surface) => {
    expect(contrast(tokens[graphic][scheme], tokens[surface][scheme])).toBeGreaterThanOrEqual(3);
  });
});
