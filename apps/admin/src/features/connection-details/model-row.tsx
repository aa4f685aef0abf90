import { memo } from 'react';
import { RelativeTime } from '../../components/relative-time.js';
import { visibleText } from '../../lib/format/visible-text.js';
import { CapabilityMenu } from './capability-menu.js';
import classes from './connection-details.module.css';
import { type DetailedModel, type ModelMark, capabilitiesInWords, factsOf, marksOf } from './model-facts.js';

interface ModelRowProps {
  readonly model: DetailedModel;
  readonly chosen: boolean;
  readonly mayEdit: boolean;
  readonly onChoose: (id: string) => void;
}

const MARK_TITLES: Readonly<Record<Exclude<ModelMark, 'gone'>, string>> = {
  loaded: 'In the memory of the Ollama instance now',
  shadowed: 'Another pool serves this name already; a model prefix makes this one reachable',
  unavailable: 'Its connection is off, offline or has not listed it lately',
};

export const ModelRow = memo(function ModelRow({ model, chosen, mayEdit, onChoose }: ModelRowProps) {
  const capabilities = capabilitiesInWords(model);
  const marks = marksOf(model);
  return (
    <li
      className={classes.model}
      data-chosen={chosen}
      data-dim={marks.includes('gone') || marks.includes('unavailable')}
    >
      <button type="button" className={classes.modelName} aria-pressed={chosen} onClick={() => onChoose(model.id)}>
        {visibleText(model.name)}
      </button>
      <span className={classes.marks}>
        {marks.map((mark) =>
          mark === 'gone' ? (
            <span key={mark} className={classes.mark} data-mark={mark}>
              gone since <RelativeTime since={model.vanishedAt ?? ''} />
            </span>
          ) : (
            <span key={mark} className={classes.mark} data-mark={mark} title={MARK_TITLES[mark]}>
              {mark}
            </span>
          ),
        )}
      </span>
      <span className={classes.facts}>{factsOf(model)}</span>
      <span className={classes.capabilities} data-unknown={capabilities === null}>
        {capabilities ?? 'capabilities not known'}
      </span>
      {mayEdit && <CapabilityMenu model={model} />}
    </li>
  );
});
