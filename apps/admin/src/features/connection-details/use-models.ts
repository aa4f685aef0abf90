import { useQuery } from '@apollo/client/react';
import { useEffect, useRef } from 'react';
import { ConnectionDetailsModelCountDocument, ConnectionDetailsModelsDocument } from '@intrallm/schema';
import { type Failure, readFailure } from '../../lib/error-codes.js';
import type { DetailedModel } from './model-facts.js';

const PAGE_SIZE = 100;

export interface ModelPages {
  /** Null while the first page is on its way. */
  readonly models: readonly DetailedModel[] | null;
  /** How many match the search, the pages that are not here yet included; null while unknown. */
  readonly total: number | null;
  readonly hasMore: boolean;
  readonly failure: Failure | null;
  readonly readMore: () => void;
}

/**
 * The models of one connection, page by page, vanished ones included. The server searches, so that it finds what no
 * page has brought. Read again whenever `catalogue` changes.
 */
export function useModels(connectionId: string, search: string, catalogue: string): ModelPages {
  const filter = { connectionId, search: search.trim() || null };
  const list = useQuery(ConnectionDetailsModelsDocument, {
    variables: { ...filter, first: PAGE_SIZE },
    fetchPolicy: 'cache-and-network',
  });
  const count = useQuery(ConnectionDetailsModelCountDocument, { variables: filter, fetchPolicy: 'cache-and-network' });

  const known = useRef(catalogue);
  const { refetch: readList } = list;
  const { refetch: readCount } = count;
  useEffect(() => {
    if (known.current === catalogue) return;
    known.current = catalogue;
    // A failure of theirs is in `error` below.
    void Promise.allSettled([readList(), readCount()]);
  }, [catalogue, readList, readCount]);

  const models = (list.data ?? list.previousData)?.models ?? null;
  const total = (count.data ?? count.previousData)?.modelCount ?? null;
  const after = models?.at(-1)?.id;

  return {
    models,
    total,
    hasMore: models !== null && total !== null && models.length < total,
    failure: list.error && models === null ? readFailure(list.error) : null,
    readMore: () => {
      if (after === undefined || list.loading) return;
      void list
        .fetchMore({
          variables: { after },
          updateQuery: (before, { fetchMoreResult }) => ({ models: [...before.models, ...fetchMoreResult.models] }),
        })
        // The pages that are here stay; the button that asked is still there to ask again.
        .catch(() => undefined);
    },
  };
}
