import { IconPlus } from '@tabler/icons-react';
import { useCallback, useId } from 'react';
import type { ConnectionKind } from '@intrallm/schema';
import { IconAction } from '../../../components/buttons/icon-action.js';
import { TextButton } from '../../../components/buttons/text-button.js';
import { VirtualList } from '../../../components/virtual-list.js';
import { iconProps } from '../../../lib/icon.js';
import { kinds } from '../../../lib/kinds.js';
import { compareConnections } from '../filter/filter.js';
import { plusId } from '../focus-targets.js';
import { RemovedRow } from '../removal/removed-row.js';
import type { Removal, Removals } from '../removal/use-removals.js';
import { ConnectionRow, type RowActions } from '../row/connection-row.js';
import type { Bucket } from '../uptime/uptime-history.js';
import type { Connection } from '../use-connections.js';
import classes from './connection-section.module.css';
import { EmptySection } from './empty-section.js';
import { SkeletonRows } from './skeleton-rows.js';
import { summarise } from './summary.js';

interface ConnectionSectionProps {
  kind: ConnectionKind;
  /** All of the section; null while they are on their way. */
  connections: readonly Connection[] | null;
  /** Those that pass the filter. */
  shown: readonly Connection[];
  histories: ReadonlyMap<string, readonly Bucket[]>;
  /** For each connection the hints that the page gives for all of them. */
  sharedHints: ReadonlyMap<string, string>;
  opened: ReadonlySet<string>;
  removals: Removals;
  mayAdd: boolean;
  /** Given where nothing on the page matches, to one section. */
  onClearFilter?: (() => void) | undefined;
  onAdd: (kind: ConnectionKind, url?: string) => void;
  actions: RowActions;
}

type Item = { removal: Removal } | { connection: Connection };

/** One of the two sections: its header with the plus at the far right, then its rows. */
export function ConnectionSection(props: ConnectionSectionProps) {
  const { kind, connections, shown, removals, mayAdd, onClearFilter, onAdd } = props;
  const { title, description, icon: Icon, aName, skeletonRows } = kinds[kind];
  const titleId = useId();
  const summary = connections && summarise(connections);
  const items = withRemovals(
    shown,
    removals.list.filter((removal) => removal.kind === kind),
  );
  const isEmpty = connections?.length === 0 && items.length === 0;

  return (
    <section className={classes.card} aria-labelledby={titleId}>
      <header className={classes.header}>
        <span className={classes.icon} aria-hidden>
          <Icon {...iconProps} />
        </span>
        <div className={classes.titles}>
          <h2 id={titleId}>{title}</h2>
          <p>{description}</p>
        </div>
        {summary && (
          <p className={classes.summary}>
            {shown.length < connections.length ? (
              `${shown.length} of ${connections.length} match`
            ) : (
              <>
                {summary.online}
                <span className={classes.models}> · {summary.models}</span>
              </>
            )}
          </p>
        )}
        {mayAdd && (
          <IconAction id={plusId(kind)} label={`Add ${aName}`} bordered onClick={() => onAdd(kind)}>
            <IconPlus size={18} stroke={1.7} />
          </IconAction>
        )}
      </header>
      {connections === null && <SkeletonRows count={skeletonRows} />}
      {isEmpty && <EmptySection kind={kind} onAdd={onAdd} mayAdd={mayAdd} />}
      {connections && !isEmpty && items.length === 0 && (
        <p className={classes.none}>
          Nothing here matches the filter.{' '}
          {onClearFilter && <TextButton onClick={onClearFilter}>Clear the filter</TextButton>}
        </p>
      )}
      {items.length > 0 && <Rows items={items} {...props} />}
    </section>
  );
}

/** Of a usual row, in pixels. */
const ROW_HEIGHT = 63;

type RowsProps = { items: readonly Item[] } & Pick<
  ConnectionSectionProps,
  'histories' | 'sharedHints' | 'opened' | 'removals' | 'actions'
>;

function Rows({ items, histories, sharedHints, opened, removals, actions }: RowsProps) {
  const renderItem = useCallback(
    (item: Item) =>
      'removal' in item ? (
        <RemovedRow removal={item.removal} onUndo={removals.undo} onDismiss={removals.dismiss} />
      ) : (
        <ConnectionRow
          connection={item.connection}
          buckets={histories.get(item.connection.id) ?? null}
          open={opened.has(item.connection.id)}
          sharedHints={sharedHints.get(item.connection.id) ?? ''}
          removalFailure={removals.failures[item.connection.id] ?? null}
          actions={actions}
        />
      ),
    [histories, sharedHints, opened, removals, actions],
  );
  return <VirtualList items={items} keyOf={keyOf} rowHeight={ROW_HEIGHT} renderItem={renderItem} />;
}

const keyOf = (item: Item): string => ('removal' in item ? `removed-${item.removal.id}` : item.connection.id);

/** A removed connection keeps its place, so that the page does not move and the way back is where one looks. */
function withRemovals(connections: readonly Connection[], removals: readonly Removal[]): Item[] {
  const items: Item[] = connections.map((connection) => ({ connection }));
  for (const removal of removals) {
    const after = items.findIndex((item) => 'connection' in item && compareConnections(item.connection, removal) > 0);
    items.splice(after === -1 ? items.length : after, 0, { removal });
  }
  return items;
}
