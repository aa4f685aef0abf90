import { useApolloClient } from '@apollo/client/react';
import { useRef, useState } from 'react';
import { type ModelCapability, SetModelCapabilitiesDocument } from '@intrallm/schema';
import { type Failure, readFailure } from '../../lib/error-codes.js';
import type { DetailedModel } from './model-facts.js';

export interface Capabilities {
  /** As wanted while the server is asked, else as it says; null: not known. */
  readonly shown: readonly ModelCapability[] | null;
  readonly failure: Failure | null;
  /** Null: back to what the endpoint states. */
  readonly save: (capabilities: ModelCapability[] | null) => void;
}

/** What a model can do, as an administrator says it. One change is sent after the other: the last press wins. */
export function useCapabilities(model: DetailedModel): Capabilities {
  const client = useApolloClient();
  const [wanted, setWanted] = useState<ModelCapability[] | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const last = useRef(Promise.resolve());

  const send = async (capabilities: ModelCapability[] | null) => {
    try {
      await client.mutate({ mutation: SetModelCapabilitiesDocument, variables: { id: model.id, capabilities } });
      setFailure(null);
    } catch (error) {
      setFailure(readFailure(error));
    }
  };

  const save = (capabilities: ModelCapability[] | null) => {
    setFailure(null);
    setWanted(capabilities);
    const own = last.current
      .then(() => send(capabilities))
      .then(() => {
        if (last.current === own) setWanted(null);
      });
    last.current = own;
  };

  return { shown: wanted ?? model.capabilities, failure, save };
}
