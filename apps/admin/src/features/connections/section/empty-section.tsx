import { useLayoutEffect, useRef } from 'react';
import type { ConnectionKind } from '@intrallm/schema';
import { kinds } from '../../../lib/kinds.js';
import { plusId } from '../focus-targets.js';
import classes from './empty-section.module.css';

interface EmptySectionProps {
  kind: ConnectionKind;
  mayAdd: boolean;
  onAdd: (kind: ConnectionKind, url: string) => void;
}

/** Says what goes here and offers a start: an example that opens the dialog, or endpoints to play with. */
export function EmptySection({ kind, mayAdd, onAdd }: EmptySectionProps) {
  const { empty, examples } = kinds[kind];
  const section = useRef<HTMLDivElement>(null);
  // A chip is gone with the first connection: whoever was on it goes on from the plus.
  useLayoutEffect(() => {
    const element = section.current;
    return () => {
      if (!element?.contains(document.activeElement)) return;
      requestAnimationFrame(() => {
        if (document.activeElement === document.body) document.getElementById(plusId(kind))?.focus();
      });
    };
  }, [kind]);
  return (
    <div className={classes.empty} ref={section}>
      <p>{empty}</p>
      {mayAdd && (
        <p className={classes.examples}>
          <span>Start from</span>
          {examples.map((url) => (
            <button key={url} type="button" className={classes.example} onClick={() => onAdd(kind, url)}>
              {url}
            </button>
          ))}
        </p>
      )}
      <p className={classes.demo}>
        Nothing at hand? <code>npm run demo</code> starts simulated endpoints, linked already.
      </p>
    </div>
  );
}
