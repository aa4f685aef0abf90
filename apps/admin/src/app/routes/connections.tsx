import { Skeleton } from '@mantine/core';
import { lazy, Suspense, useCallback, useState } from 'react';
import type { ConnectionKind } from '@intrallm/schema';
import { ConnectionsPage } from '../../features/connections/connections-page.js';
import { plusId } from '../../features/connections/focus-targets.js';
import { useRemovals } from '../../features/connections/removal/use-removals.js';
import { useConnections, type Connection } from '../../features/connections/use-connections.js';

const loadEditor = () => import('../../features/connection-editor/connection-editor.js');
const ConnectionEditor = lazy(() => loadEditor().then((module) => ({ default: module.ConnectionEditor })));
const ConnectionDetails = lazy(() =>
  import('../../features/connection-details/connection-details.js').then((module) => ({
    default: module.ConnectionDetails,
  })),
);

interface Edited {
  kind: ConnectionKind;
  connection: Connection | null;
  initialUrl: string | null;
  /** A new dialog for each opening: nothing of the one before is left in it. */
  opening: number;
}

/** Composes the page: the list, the dialog and the details know nothing of each other. */
export function ConnectionsRoute() {
  const connections = useConnections();
  const { reload, reloadOne } = connections;
  const removals = useRemovals(useCallback(() => void reload(), [reload]));
  const [edited, setEdited] = useState<Edited | null>(null);
  const [opened, setOpened] = useState(false);

  const open = useCallback((next: Omit<Edited, 'opening'>) => {
    setEdited((before) => ({ ...next, opening: (before?.opening ?? 0) + 1 }));
    setOpened(true);
  }, []);
  const onAdd = useCallback(
    (kind: ConnectionKind, url?: string) => open({ kind, connection: null, initialUrl: url ?? null }),
    [open],
  );
  const onEdit = useCallback(
    (connection: Connection) => open({ kind: connection.kind, connection, initialUrl: null }),
    [open],
  );
  const { remove } = removals;
  const renderDetails = useCallback(
    (connection: Connection) => (
      <Suspense fallback={<Skeleton height={180} radius="md" />}>
        <ConnectionDetails
          connectionId={connection.id}
          onEdit={() => onEdit(connection)}
          onRemove={() => void remove(connection)}
        />
      </Suspense>
    ),
    [onEdit, remove],
  );
  const removable = edited?.connection?.managedBy === 'ADMIN' ? edited.connection : null;

  return (
    <>
      <ConnectionsPage
        connections={connections}
        removals={removals}
        onAdd={onAdd}
        onEdit={onEdit}
        renderDetails={renderDetails}
      />
      {edited && (
        <Suspense fallback={null}>
          <ConnectionEditor
            key={edited.opening}
            opened={opened}
            kind={edited.kind}
            connectionId={edited.connection?.id ?? null}
            {...(edited.initialUrl === null ? {} : { initialUrl: edited.initialUrl })}
            onClose={() => setOpened(false)}
            onSaved={(id) => void reloadOne(id)}
            fallbackFocus={() => document.getElementById(plusId(edited.kind))}
            {...(removable
              ? {
                  onRemove: () => {
                    setOpened(false);
                    void remove(removable);
                  },
                }
              : {})}
          />
        </Suspense>
      )}
    </>
  );
}
