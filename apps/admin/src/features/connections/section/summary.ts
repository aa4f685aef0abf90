import type { ConnectionRow_connectionFragment } from '@intrallm/schema';
import { formatCount } from '../../../lib/format/count.js';

type Counted = Pick<ConnectionRow_connectionFragment, 'enabled' | 'status' | 'modelCount'>;

/**
 * "2 of 4 online · 330 models" of one section. Of those switched on, those that answer count as online, as uptime
 * counts them; the models are those that can be used now.
 */
export function summarise(connections: readonly Counted[]): { online: string; models: string } | null {
  if (connections.length === 0) return null;
  const enabled = connections.filter((connection) => connection.enabled);
  if (enabled.length === 0) return { online: 'all switched off', models: formatCount(0, 'model') };
  const answering = enabled.filter(({ status }) => status === 'ONLINE' || status === 'DEGRADED');
  const models = answering.reduce((sum, { modelCount }) => sum + modelCount, 0);
  return { online: `${answering.length} of ${enabled.length} online`, models: formatCount(models, 'model') };
}
