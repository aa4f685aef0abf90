import type { StatusTone } from '../../lib/status-tone.js';
import classes from './status-dot.module.css';

/** Colour beside a word, never instead of one. */
export function StatusDot({ tone }: { tone: StatusTone }) {
  return <span className={classes.dot} data-tone={tone} aria-hidden />;
}
