import { IconChevronRight, IconSettings } from '@tabler/icons-react';
import { memo, useCallback, useId, useMemo, useState, type ReactNode } from 'react';
import { IconAction } from '../../../components/buttons/icon-action.js';
import { Toggle } from '../../../components/buttons/toggle.js';
import { StatusDot } from '../../../components/status/status-dot.js';
import type { Failure } from '../../../lib/error-codes.js';
import { iconProps } from '../../../lib/icon.js';
import { kinds } from '../../../lib/kinds.js';
import { useCheck } from '../../../lib/live/use-check.js';
import { useMay } from '../../../lib/session/session-context.js';
import { rowNameId } from '../focus-targets.js';
import { UptimeBars } from '../uptime/uptime-bars.js';
import type { Bucket } from '../uptime/uptime-history.js';
import type { Connection } from '../use-connections.js';
import classes from './connection-row.module.css';
import { KeyEye, KeyPreview, RevealedKeyPanel } from './row-key.js';
import { RowNotices } from './row-notices.js';
import { RowStatus } from './row-status.js';
import { describeStatus } from './status-words.js';
import { useRevealedKey } from './use-revealed-key.js';
import { useToggleConnection } from './use-toggle-connection.js';

/** What a row asks of the page. The same functions for every row and every render: rows are memoised. */
export interface RowActions {
  onOpen: (id: string, open: boolean) => void;
  onEdit: (connection: Connection) => void;
  /** The row no longer shows what is: read it again. */
  onOutdated: () => void;
  /** A check of this connection is over. */
  onChecked: (id: string) => void;
  renderDetails: (connection: Connection) => ReactNode;
}

interface ConnectionRowProps {
  connection: Connection;
  buckets: readonly Bucket[] | null;
  open: boolean;
  /** Hints that the page gives for all connections that they hold for, one a line. */
  sharedHints: string;
  /** Why it could not be removed. */
  removalFailure: Failure | null;
  actions: RowActions;
}

/** One connection: is it alive, since when, how fast, how many models, how was the last day, which key. */
export const ConnectionRow = memo(function ConnectionRow(props: ConnectionRowProps) {
  const { connection, buckets, open, sharedHints, removalFailure, actions } = props;
  const { id, name, enabled } = connection;
  const detailsId = useId();
  const { hasKeyUpFront } = kinds[connection.kind];
  const mayWrite = useMay('CONNECTIONS_WRITE');
  const mayReveal = useMay('KEYS_REVEAL') && hasKeyUpFront && connection.hasApiKey;
  const words = describeStatus(connection);
  const { toggle, failure: toggleFailure } = useToggleConnection(connection, actions.onOutdated);
  const revealed = useRevealedKey(id);
  const { onChecked } = actions;
  const check = useCheck(
    useMemo(() => [id], [id]),
    useCallback(() => onChecked(id), [id, onChecked]),
  );

  return (
    <div className={classes.row} data-off={!enabled} data-open={open}>
      <StatusFlash status={words.word} />
      <div className={classes.grid}>
        <span className={classes.dot}>
          <StatusDot tone={words.tone} />
        </span>
        <Identity connection={connection} open={open} detailsId={detailsId} onOpen={actions.onOpen} />
        <div className={classes.status}>
          <RowStatus connection={connection} words={words} checking={check.running || isFirstCheck(connection)} />
        </div>
        <div className={classes.day}>
          <UptimeBars
            buckets={buckets}
            uptime={connection.health.uptime24h}
            linkedAt={connection.createdAt}
            paused={!enabled}
          />
        </div>
        <div className={classes.key}>
          {hasKeyUpFront && <KeyPreview connection={connection} />}
          {mayReveal && <KeyEye name={name} revealed={revealed} />}
        </div>
        <div className={classes.actions}>
          {mayWrite && (
            <>
              <IconAction label={`Settings of ${name}`} hint="Settings" onClick={() => actions.onEdit(connection)}>
                <IconSettings {...iconProps} />
              </IconAction>
              <Toggle
                aria-label={`Use ${name}`}
                checked={enabled}
                onChange={(event) => void toggle(event.currentTarget.checked)}
              />
            </>
          )}
        </div>
      </div>
      <div className={classes.below}>
        <RevealedKeyPanel name={name} revealed={revealed} />
        <RowNotices
          connection={connection}
          words={words}
          check={check}
          mayWrite={mayWrite}
          sharedHints={sharedHints}
          failures={[toggleFailure, removalFailure, check.failure]}
          onEdit={actions.onEdit}
        />
      </div>
      {open && (
        <div id={detailsId} className={classes.details}>
          {actions.renderDetails(connection)}
        </div>
      )}
    </div>
  );
});

/**
 * Of the checks that come by themselves only the first is shown: its end is always told. One that changes nothing is
 * not, and a row that happened to be read in the midst of it would say "checking" until it is read again.
 */
function isFirstCheck({ health }: Connection): boolean {
  return health.checking && health.checkedAt === null;
}

interface IdentityProps {
  connection: Connection;
  open: boolean;
  detailsId: string;
  onOpen: RowActions['onOpen'];
}

/** Which connection it is. Its name opens the row. */
function Identity({ connection, open, detailsId, onOpen }: IdentityProps) {
  const { id, name, url } = connection;
  return (
    <div className={classes.identity}>
      <div className={classes.nameLine}>
        <h3 className={classes.heading}>
          <button
            type="button"
            id={rowNameId(id)}
            className={classes.name}
            aria-expanded={open}
            aria-controls={open ? detailsId : undefined}
            onClick={() => onOpen(id, !open)}
          >
            <span className={classes.nameText}>{name}</span>
          </button>
        </h3>
        <RowTags connection={connection} />
        <IconChevronRight className={classes.chevron} size={15} stroke={1.9} aria-hidden />
      </div>
      <div className={classes.url}>{url}</div>
    </div>
  );
}

/** Fades once through the row when its word changes; not when the row appears. */
function StatusFlash({ status }: { status: string }) {
  const [shown, setShown] = useState({ status, changes: 0 });
  if (shown.status !== status) setShown({ status, changes: shown.changes + 1 });
  return shown.changes > 0 && <span key={shown.changes} className={classes.flash} aria-hidden />;
}

function RowTags({ connection }: { connection: Connection }) {
  const { tags, managedBy, health } = connection;
  const manager = { ADMIN: null, ENVIRONMENT: 'from the environment', FILE: 'from a file' }[managedBy] ?? null;
  const quiet = [versionInWords(health.serverVersion), manager].filter(Boolean).join(' · ');
  return (
    <>
      {tags.map((tag) => (
        <span key={tag} className={classes.tag}>
          {tag}
        </span>
      ))}
      {quiet && <span className={classes.quiet}>{quiet}</span>}
    </>
  );
}

/** Ollama tells a bare number, others put their name before it. */
function versionInWords(version: string | null | undefined): string | null {
  return version != null && /^\d/.test(version) ? `v${version}` : (version ?? null);
}
