import type { ConnectionStatus } from '@intrallm/schema';

const words: Readonly<Record<ConnectionStatus, string>> = {
  ONLINE: 'Online',
  DEGRADED: 'Impaired',
  OFFLINE: 'Offline',
  UNAUTHORIZED: 'Key refused',
  DISABLED: 'Switched off',
  UNKNOWN: 'Nothing known',
};

/** The word for how a connection was in the past; one that this app does not know yet in its own spelling. */
export function pastWord(status: ConnectionStatus | null): string {
  if (status === null) return words.UNKNOWN;
  return (words as Record<string, string>)[status] ?? humanise(status);
}

/** "SOMETHING_NEW" as "Something new". */
export function humanise(value: string): string {
  const spaced = value.toLowerCase().replaceAll('_', ' ');
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
