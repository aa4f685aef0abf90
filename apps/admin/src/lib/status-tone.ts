import type { ConnectionStatus } from '@intrallm/schema';

/** The four colours of a status. off also stands for what is not known. */
export type StatusTone = 'online' | 'attention' | 'offline' | 'off';

/** A status that this version of the app does not know is off: it claims nothing. */
export function toneOf(status: ConnectionStatus | null): StatusTone {
  switch (status) {
    case 'ONLINE':
      return 'online';
    case 'DEGRADED':
    case 'UNAUTHORIZED':
      return 'attention';
    case 'OFFLINE':
      return 'offline';
    default:
      return 'off';
  }
}
