import { describe, expect, it } from '@jest/globals';
import type { ConnectionStatus } from '@intrallm/schema';
import { pastWord } from './past-status.js';

describe('the word for a stretch of the past', () => {
  it('says that nothing is known where nothing was checked', () => {
    expect(pastWord(null)).toBe('Nothing known');
    expect(pastWord('UNKNOWN')).toBe('Nothing known');
  });

  it('tells an endpoint that is down from one that refuses the key', () => {
    expect([pastWord('OFFLINE'), pastWord('UNAUTHORIZED')]).toEqual(['Offline', 'Key refused']);
  });

  it('exists also for a status that a newer server may send', () => {
    expect(pastWord('SLEEPING_NOW' as ConnectionStatus)).toBe('Sleeping now');
  });
});
