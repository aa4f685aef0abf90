import { Button } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useCallback, useMemo, useState, type ReactNode } from 'react';
import type { ConnectionKind } from '@intrallm/schema';
import { TextButton } from '../../components/buttons/text-button.js';
import { Notice } from '../../components/notice.js';
import { smallIconProps } from '../../lib/icon.js';
import { kindNames } from '../../lib/kinds.js';
import { useMay } from '../../lib/session/session-context.js';
import { CheckAll } from './check-all.js';
import classes from './connections-page.module.css';
import { FilterBar } from './filter/filter-bar.js';
import { noFilter } from './filter/filter.js';
import { CommonHints } from './hints/common-hints.js';
import { LiveNotice } from './live/live-notice.js';
import { useLiveConnections } from './live/use-live-connections.js';
import type { Removals } from './removal/use-removals.js';
import type { RowActions } from './row/connection-row.js';
import { ConnectionSection } from './section/connection-section.js';
import type { Connection, Connections } from './use-connections.js';
import { useShownConnections } from './use-shown-connections.js';

interface ConnectionsPageProps {
  connections: Connections;
  removals: Removals;
  /** Opens the dialog for a new connection, with a URL in it if one is given. */
  onAdd: (kind: ConnectionKind, url?: string) => void;
  onEdit: (connection: Connection) => void;
  renderDetails: (connection: Connection) => ReactNode;
}

/** Admin Settings → Connections. What the dialog and the details are is the route's business. */
export function ConnectionsPage({ connections, removals, onAdd, onEdit, renderDetails }: ConnectionsPageProps) {
  const { byKind, histories, failure, reload, reloadOne, reloadHistories, refreshHistories } = connections;
  const live = useLiveConnections(refreshHistories);
  const mayWrite = useMay('CONNECTIONS_WRITE');
  const { opened, onOpen } = useOpenedRows();
  const { filter, setFilter, filterOpen, openFilter, closeFilter, clearFilter, filterClears } = useFilter();
  const { all, shown, counts, hints } = useShownConnections(byKind, filter);
  const onOutdated = useCallback(() => void reload(), [reload]);
  const onChecked = useCallback((id: string) => void reloadOne(id), [reloadOne]);
  const onAllChecked = useCallback(() => {
    void reload();
    reloadHistories();
  }, [reload, reloadHistories]);
  const actions = useMemo<RowActions>(
    () => ({ onOpen, onEdit, onOutdated, onChecked, renderDetails }),
    [onOpen, onEdit, onOutdated, onChecked, renderDetails],
  );
  const firstWithRows = kindNames.find((kind) => (byKind?.[kind].length ?? 0) > 0);
  const nothingMatches = kindNames.every((kind) => shown[kind].length === 0);

  return (
    <>
      <Header>
        <Button
          variant="default"
          className={classes.tool ?? ''}
          leftSection={<IconSearch {...smallIconProps} />}
          aria-expanded={filterOpen}
          onClick={() => (filterOpen ? closeFilter() : openFilter())}
        >
          Filter
        </Button>
        {mayWrite && <CheckAll className={classes.tool ?? ''} disabled={all.length === 0} onDone={onAllChecked} />}
      </Header>
      <LiveNotice state={live} />
      {filterOpen && (
        <FilterBar key={filterClears} filter={filter} counts={counts} onChange={setFilter} onClose={closeFilter} />
      )}
      {failure ? (
        <Notice
          tone="offline"
          announce
          fact="The connections could not be read."
          hint={failure.message}
          action={<TextButton onClick={onOutdated}>Try again</TextButton>}
        />
      ) : (
        <div className={classes.sections}>
          <CommonHints counts={hints.counts} />
          {kindNames.map((kind) => (
            <ConnectionSection
              key={kind}
              kind={kind}
              connections={byKind?.[kind] ?? null}
              shown={shown[kind]}
              sharedHints={hints.byConnection}
              histories={histories}
              opened={opened}
              removals={removals}
              mayAdd={mayWrite}
              onClearFilter={nothingMatches && kind === firstWithRows ? clearFilter : undefined}
              onAdd={onAdd}
              actions={actions}
            />
          ))}
        </div>
      )}
    </>
  );
}

/** The rows that show their details. */
function useOpenedRows() {
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const onOpen = useCallback((id: string, open: boolean) => {
    setOpened((before) => {
      const after = new Set(before);
      if (open) after.add(id);
      else after.delete(id);
      return after;
    });
  }, []);
  return { opened, onOpen };
}

function useFilter() {
  const [filter, setFilter] = useState(noFilter);
  const [filterOpen, setFilterOpen] = useState(false);
  const [filterClears, setFilterClears] = useState(0);
  const openFilter = () => setFilterOpen(true);
  const closeFilter = () => {
    setFilter(noFilter);
    setFilterOpen(false);
  };
  // A new bar has the focus, which was on the button that is gone.
  const clearFilter = () => {
    setFilter(noFilter);
    setFilterClears((before) => before + 1);
  };
  return { filter, setFilter, filterOpen, openFilter, closeFilter, clearFilter, filterClears };
}

function Header({ children }: { children: ReactNode }) {
  return (
    <header className={classes.header}>
      <div>
        <h1>Connections</h1>
        <p>External model endpoints, their health, and the models they bring into your workspace.</p>
      </div>
      <div className={classes.tools}>{children}</div>
    </header>
  );
}
