import { useClock } from '../lib/clock.js';
import { formatAge } from '../lib/format/duration.js';
import { formatDateTime } from '../lib/format/time.js';

/** How long ago something was, growing older by itself: "12 min". The exact time is its title. */
export function RelativeTime({ since }: { since: string }) {
  const age = useClock((nowMs) => formatAge(Math.max(0, nowMs - Date.parse(since))));
  return (
    <time dateTime={since} title={formatDateTime(since)}>
      {age}
    </time>
  );
}
