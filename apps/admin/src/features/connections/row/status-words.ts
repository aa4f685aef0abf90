import type { ConnectionRow_connectionFragment } from '@intrallm/schema';
import { humanise } from '../../../lib/past-status.js';
import { toneOf, type StatusTone } from '../../../lib/status-tone.js';

/** What stands behind the word: how fast it answers, since when it is so, or nothing. */
type StatusNote = 'latency' | 'since' | null;

export interface StatusWords {
  tone: StatusTone;
  word: string;
  note: StatusNote;
}

type Described = Pick<ConnectionRow_connectionFragment, 'enabled' | 'status' | 'keyState'> & {
  health: Pick<ConnectionRow_connectionFragment['health'], 'checking' | 'problem'>;
};

/** One word for how a connection is. Statuses and problems that this app does not know get their own name. */
export function describeStatus(connection: Described): StatusWords {
  const { enabled, status, health } = connection;
  if (!enabled) return { tone: 'off', word: 'Switched off', note: null };
  const tone = toneOf(status);
  switch (status) {
    case 'ONLINE':
      return { tone, word: 'Online', note: 'latency' };
    case 'DEGRADED':
      return {
        tone,
        word: degradedWord(health.problem?.code),
        note: health.problem?.code === 'SLOW' ? 'latency' : 'since',
      };
    case 'OFFLINE':
      return { tone, word: connection.keyState === 'UNREADABLE' ? 'Key unreadable' : 'Offline', note: 'since' };
    case 'UNAUTHORIZED':
      return { tone, word: 'Key refused', note: 'since' };
    case 'UNKNOWN':
      return { tone, word: health.checking ? 'Checking…' : 'Not checked yet', note: null };
    case 'DISABLED':
      return { tone, word: 'Switched off', note: null };
    default:
      return { tone, word: humanise(status), note: 'since' };
  }
}

function degradedWord(code: string | undefined): string {
  const words: Record<string, string> = {
    SLOW: 'Slow',
    LOADING: 'Loading',
    NO_MODEL_LIST: 'No model list',
    PARTIAL_MODEL_LIST: 'List incomplete',
    RATE_LIMITED: 'Rate limited',
    QUOTA_EXCEEDED: 'Quota used up',
  };
  return (code && words[code]) ?? 'Impaired';
}
