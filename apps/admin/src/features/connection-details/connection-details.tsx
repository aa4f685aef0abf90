import { useQuery } from '@apollo/client/react';
import { Skeleton } from '@mantine/core';
import { useCallback, useMemo } from 'react';
import { ConnectionDetailsDocument } from '@intrallm/schema';
import { TextButton } from '../../components/buttons/text-button.js';
import { Notice } from '../../components/notice.js';
import { readFailure } from '../../lib/error-codes.js';
import { useCheck } from '../../lib/live/use-check.js';
import { useMay } from '../../lib/session/session-context.js';
import classes from './connection-details.module.css';
import { LastCheck } from './last-check.js';
import { LastDay } from './last-day.js';
import { ModelList } from './model-list.js';
import { RecentChanges } from './recent-changes.js';

export interface ConnectionDetailsProps {
  readonly connectionId: string;
  /** Offered where given, and where the connection is not managed elsewhere. */
  readonly onRemove?: () => void;
  readonly onEdit?: () => void;
}

/** What an opened row shows: the models it brought, its last check, its last day, and who changed it. */
export function ConnectionDetails({ connectionId, onRemove, onEdit }: ConnectionDetailsProps) {
  const mayWrite = useMay('CONNECTIONS_WRITE');
  const mayReadAudit = useMay('AUDIT_READ');
  const { data, error, refetch } = useQuery(ConnectionDetailsDocument, {
    variables: { id: connectionId },
    fetchPolicy: 'cache-and-network',
  });
  // What was read before stays on show when reading again fails.
  const check = useCheck(
    useMemo(() => [connectionId], [connectionId]),
    useCallback(() => void refetch().catch(() => undefined), [refetch]),
  );

  const connection = data?.connection;
  if (!connection) {
    if (!error && !data) return <Skeleton height={220} radius="md" />;
    return (
      <Notice
        tone="attention"
        fact="The details could not be read."
        hint={error ? readFailure(error).message : 'Somebody removed this connection.'}
        action={<TextButton onClick={() => void refetch().catch(() => undefined)}>Try again</TextButton>}
      />
    );
  }
  const { name, health, status, modelCount, managedBy, version, createdAt } = connection;

  return (
    <div className={classes.details}>
      <ModelList
        connectionId={connectionId}
        connectionName={name}
        catalogue={`${status} ${modelCount} ${version}`}
        mayEdit={mayWrite}
      />
      <div className={classes.side}>
        <LastCheck name={name} health={health} mayCheck={mayWrite} check={check} />
        <LastDay health={health} linkedAt={createdAt} />
        {mayReadAudit && <RecentChanges connectionId={connectionId} version={version} />}
        {mayWrite && (onEdit ?? onRemove) && (
          <div className={classes.actions}>
            {onEdit && (
              <TextButton aria-label={`Settings of ${name}`} onClick={onEdit}>
                Settings
              </TextButton>
            )}
            {onRemove && managedBy === 'ADMIN' && (
              <TextButton aria-label={`Remove ${name}`} onClick={onRemove}>
                Remove
              </TextButton>
            )}
          </div>
        )}
      </div>
    </div>
  );
}
