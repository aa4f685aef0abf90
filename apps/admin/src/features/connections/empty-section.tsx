import type { ConnectionKind } from '@intrallm/schema';
import { sectionTexts } from './section-texts.js';
import classes from './empty-section.module.css';

interface EmptySectionProps {
  kind: ConnectionKind;
  mayAdd: boolean;
  onAdd: (kind: ConnectionKind, url: string) => void;
}

/** Says what goes here and offers a start: an example that opens the dialog, or endpoints to play with. */
export function EmptySection({ kind, mayAdd, onAdd }: EmptySectionProps) {
  const { empty, examples } = sectionTexts[kind];
  return (
    <div className={classes.empty}>
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
