import { useQuery } from '@apollo/client/react';
import { useEffect, useRef } from 'react';
import { type ConnectionDetailsChangesQuery, ConnectionDetailsChangesDocument } from '@intrallm/schema';
import { RelativeTime } from '../../components/relative-time.js';
import classes from './connection-details.module.css';

type Entry = ConnectionDetailsChangesQuery['auditLog'][number];
type Change = Entry['changes'][number];

interface RecentChangesProps {
  readonly connectionId: string;
  /** Of the connection: another one means that there is something new. */
  readonly version: number;
}

/** Who changed this connection lately, and what. Only for those who may read the audit log. */
export function RecentChanges({ connectionId, version }: RecentChangesProps) {
  const { data, error, refetch } = useQuery(ConnectionDetailsChangesDocument, {
    variables: { id: connectionId },
    fetchPolicy: 'cache-and-network',
  });
  const shown = useRef(version);
  useEffect(() => {
    if (shown.current === version) return;
    shown.current = version;
    // What was read before stays on show.
    refetch().catch(() => undefined);
  }, [version, refetch]);

  return (
    <section aria-label="Recent changes">
      <header className={classes.heading}>
        <h4>Recent changes</h4>
      </header>
      {error && !data && <p className={classes.quiet}>They could not be read.</p>}
      {data?.auditLog.length === 0 && <p className={classes.quiet}>Nothing on record.</p>}
      <ul className={classes.changes}>
        {data?.auditLog.map((entry) => (
          <li key={entry.id}>
            <RelativeTime since={entry.at} />
            <span>
              <strong>{entry.actor}</strong> {actionInWords(entry.action)}
              {/* What it was added with is what the settings show. */}
              {!entry.action.endsWith('.added') && entry.changes.length > 0 && (
                <span className={classes.why}> {entry.changes.map(changeInWords).join(' · ')}</span>
              )}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** "connection.updated" is "updated it", "model.capabilitiesSet" is "capabilities set". */
function actionInWords(action: string): string {
  const [noun, verb = action] = action.split('.');
  return noun === 'connection' ? `${spaced(verb)} it` : spaced(verb);
}

function changeInWords({ field, before, after }: Change): string {
  const name = spaced(field);
  if (before === null) return `${name}: ${after ?? 'removed'}`;
  return `${name}: ${before} → ${after ?? 'removed'}`;
}

/** "firstByteTimeoutMs" as "first byte timeout ms". */
function spaced(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
}
