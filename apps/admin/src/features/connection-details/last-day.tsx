import { useState } from 'react';
import type { ConnectionDetails_healthFragment } from '@intrallm/schema';
import { StatusDot } from '../../components/status/status-dot.js';
import { formatShare } from '../../lib/format/share.js';
import { formatDateTime, formatTime } from '../../lib/format/time.js';
import { knownSince } from '../../lib/known-since.js';
import { pastWord } from '../../lib/past-status.js';
import { toneOf } from '../../lib/status-tone.js';
import classes from './connection-details.module.css';
import { bucketInWords } from './timeline.js';

const DAY_MS = 86_400_000;

interface LastDayProps {
  readonly health: ConnectionDetails_healthFragment;
  /** When the connection was made: nothing is known of before. */
  readonly linkedAt: string;
}

/** The last 24 hours, half hour by half hour, and the moments at which something changed. */
export function LastDay({ health, linkedAt }: LastDayProps) {
  const { timeline, uptime24h, transitions } = health;
  const since = knownSince(timeline, linkedAt);
  const [pointed, setPointed] = useState<number | null>(null);
  const bucket = pointed === null ? undefined : timeline[pointed];
  const first = timeline[0];

  return (
    <section aria-label="Last 24 hours">
      <header className={classes.heading}>
        <h4>Last 24 hours</h4>
        <span>
          {uptime24h !== null && `${formatShare(uptime24h)} up`}
          {uptime24h !== null && since !== null && ` since ${formatTime(since)}`}
        </span>
      </header>
      <ol className={classes.bars} onPointerLeave={() => setPointed(null)}>
        {timeline.map((one, index) => (
          <li
            key={one.from}
            data-tone={toneOf(one.worst)}
            aria-label={bucketInWords(one)}
            onPointerEnter={() => setPointed(index)}
          />
        ))}
      </ol>
      <p className={classes.axis} aria-hidden>
        {bucket ? (
          <span>{bucketInWords(bucket)}</span>
        ) : (
          <>
            <span>{first && formatTime(first.from)}</span>
            <span>now</span>
          </>
        )}
      </p>
      {transitions.length === 0 && <p className={classes.quiet}>No change in the last 24 hours.</p>}
      <ul className={classes.transitions}>
        {transitions.map(({ at, status, problem }) => (
          <li key={`${at} ${status}`}>
            <time dateTime={at}>{whenOf(at)}</time>
            <StatusDot tone={toneOf(status)} />
            <span>
              {pastWord(status)}
              {problem && <span className={classes.why}> {problem.message}</span>}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function whenOf(instant: string): string {
  return Date.now() - Date.parse(instant) < DAY_MS ? formatTime(instant) : formatDateTime(instant);
}
