import { useEffect, useRef } from 'react';
import { TextButton } from '../../../components/buttons/text-button.js';
import { useClock } from '../../../lib/clock.js';
import { rowNameId } from '../focus-targets.js';
import classes from './removed-row.module.css';
import type { Removal } from './use-removals.js';

interface RemovedRowProps {
  removal: Removal;
  onUndo: (id: string) => Promise<void>;
  onDismiss: (id: string) => void;
}

/**
 * Stands where the connection stood until it is gone for good. The focus goes to Undo, since what had it is gone, and
 * from there to the row that is back.
 */
export function RemovedRow({ removal, onUndo, onDismiss }: RemovedRowProps) {
  const { id, name, untilMs, failure } = removal;
  const seconds = useClock((nowMs) => Math.max(0, Math.ceil((untilMs - nowMs) / 1000)));
  const undo = useRef<HTMLButtonElement>(null);
  // The dialog that removed it gives the focus back to what is gone by now: after that it is ours.
  useEffect(() => {
    const frame = requestAnimationFrame(() => undo.current?.focus({ preventScroll: true }));
    return () => cancelAnimationFrame(frame);
  }, []);
  const bringBack = async () => {
    await onUndo(id);
    requestAnimationFrame(() => {
      if (document.activeElement === document.body)
        document.getElementById(rowNameId(id))?.focus({ preventScroll: true });
    });
  };
  useEffect(() => {
    if (seconds === 0) onDismiss(id);
  }, [seconds, id, onDismiss]);

  return (
    <div className={classes.removed} role="group" aria-label={`${name} was removed`}>
      <p className={classes.words} role="status">
        <strong>{name}</strong> was removed. {failure?.message}
      </p>
      <TextButton ref={undo} aria-label={`Undo the removal of ${name}`} onClick={() => void bringBack()}>
        Undo
      </TextButton>
      <span className={classes.time} aria-hidden>
        {seconds} s
      </span>
    </div>
  );
}
