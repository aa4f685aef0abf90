import { useDeferredValue, useMemo } from 'react';
import type { ConnectionKind } from '@intrallm/schema';
import { forEachKind, kindNames } from '../../lib/kinds.js';
import { countChoices, isFiltering, matches, type Filter, type StatusChoice } from './filter/filter.js';
import { sharedHints, type SharedHints } from './hints/shared-hints.js';
import type { Connection } from './use-connections.js';

type ByKind = Record<ConnectionKind, readonly Connection[]>;

interface ShownConnections {
  readonly all: readonly Connection[];
  /** Those that pass the filter. */
  readonly shown: ByKind;
  /** How many there are of each choice of the filter. */
  readonly counts: Record<StatusChoice, number>;
  readonly hints: SharedHints;
}

/**
 * What the page shows of all connections. It follows the filter when the browser has time: typing is never held up by
 * the rows.
 */
export function useShownConnections(byKind: ByKind | null, filter: Filter): ShownConnections {
  const calm = useDeferredValue(filter);
  const all = useMemo(() => (byKind ? kindNames.flatMap((kind) => byKind[kind]) : []), [byKind]);
  const counts = useMemo(() => countChoices(all), [all]);
  const shown = useMemo(() => {
    const passing = (kind: ConnectionKind) =>
      isFiltering(calm) ? (byKind?.[kind] ?? []).filter((one) => matches(one, calm)) : (byKind?.[kind] ?? []);
    return forEachKind(passing);
  }, [byKind, calm]);
  const hints = useMemo(() => sharedHints(kindNames.flatMap((kind) => shown[kind])), [shown]);
  return { all, shown, counts, hints };
}
