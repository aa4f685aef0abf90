import { describe, expect, it } from '@jest/globals';
import { formatCount } from './count.js';
import { formatAge, formatLatency } from './duration.js';
import { formatShare } from './share.js';
import { visibleText } from './visible-text.js';

describe('formats', () => {
  it('an age shows its largest unit only', () => {
    const minute = 60_000;
    expect([5_000, minute, 12.9 * minute, 60 * minute, 47 * 60 * minute, 48 * 60 * minute].map(formatAge)).toEqual([
      'now',
      '1 min',
      '12 min',
      '1 h',
      '1 d',
      '2 d',
    ]);
  });

  it('a latency is never shown as nothing', () => {
    expect([0, 0.84, 3.4, 212, 999.4, 2400].map(formatLatency)).toEqual([
      '0.1 ms',
      '0.8 ms',
      '3 ms',
      '212 ms',
      '999 ms',
      '2.4 s',
    ]);
  });

  it('an uptime below one is never shown as 100%', () => {
    expect([1, 0.99999, 0.998, 0.961, 0].map(formatShare)).toEqual(['100%', '99.9%', '99.8%', '96.1%', '0.0%']);
  });

  it('a count agrees with its noun', () => {
    expect([0, 1, 1204].map((count) => formatCount(count, 'model'))).toEqual(['0 models', '1 model', '1,204 models']);
  });

  it('unseen characters of a name are written out, the joiners of emoji and of scripts are not', () => {
    expect(visibleText('\u202eevil\u202c-model')).toBe('‹U+202E›evil‹U+202C›-model');
    expect(visibleText('a\u200bb\u0007')).toBe('a‹U+200B›b‹U+0007›');
    expect(['llama3.2:latest', 'مرحبا', '日本語', '👩\u200d👧', 'می\u200cخواهم'].map(visibleText)).toEqual([
      'llama3.2:latest',
      'مرحبا',
      '日本語',
      '👩\u200d👧',
      'می\u200cخواهم',
    ]);
  });
});
