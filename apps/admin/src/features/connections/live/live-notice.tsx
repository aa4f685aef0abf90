import { useEffect, useState } from 'react';
import type { StreamState } from '../../../lib/live/status-stream.js';
import classes from './live-notice.module.css';

const patienceMs = 1500;

/** Says that what the page shows may be old. A break that is over at once is not worth a word. */
export function LiveNotice({ state }: { state: StreamState }) {
  const [shown, setShown] = useState(false);
  const broken = state === 'reconnecting';
  useEffect(() => {
    if (!broken) return;
    const timer = setTimeout(() => setShown(true), patienceMs);
    return () => {
      clearTimeout(timer);
      setShown(false);
    };
  }, [broken]);
  return (
    <div role="status" className={classes.place}>
      {shown && <span className={classes.notice}>Reconnecting… What you see may be a little old.</span>}
    </div>
  );
}
