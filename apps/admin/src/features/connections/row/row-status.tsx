import { RelativeTime } from '../../../components/relative-time.js';
import { useClock } from '../../../lib/clock.js';
import { formatCount } from '../../../lib/format/count.js';
import { formatLatency } from '../../../lib/format/duration.js';
import type { Connection } from '../use-connections.js';
import classes from './row-status.module.css';
import type { StatusWords } from './status-words.js';

interface RowStatusProps {
  connection: Connection;
  words: StatusWords;
  checking: boolean;
}

/** The word, how fast or since when, and how many models. */
export function RowStatus({ connection, words, checking }: RowStatusProps) {
  const { health, modelCount } = connection;
  const showsLatency = words.note === 'latency' && health.latencyMs !== null;
  const showsSince = words.note === 'since' || (words.note === 'latency' && health.latencyMs === null);
  return (
    <div className={classes.status}>
      <div className={classes.line}>
        <span className={classes.word} data-tone={words.tone}>
          {words.word}
        </span>
        {showsLatency && <> · {formatLatency(health.latencyMs ?? 0)}</>}
        {showsSince && (
          <>
            {' '}
            · <RelativeTime since={health.since} />
          </>
        )}
      </div>
      <div className={classes.line}>
        {checking ? (
          'checking…'
        ) : (
          <>
            {formatCount(modelCount, 'model')}
            {showsLatency && (
              <>
                {' '}
                · <UpSince since={health.since} />
              </>
            )}
          </>
        )}
      </div>
    </div>
  );
}

function UpSince({ since }: { since: string }) {
  const isNew = useClock((nowMs) => nowMs - Date.parse(since) < 60_000);
  if (isNew) return <time dateTime={since}>just came up</time>;
  return (
    <>
      up <RelativeTime since={since} />
    </>
  );
}
