import { useApolloClient } from '@apollo/client/react';
import { useCallback, useState } from 'react';
import { CreateApiTokenDocument, type CreateApiTokenInput } from '@intrallm/schema';
import { readFailure, type Failure } from '../../lib/error-codes.js';

/** A token as it is shown this once. */
export interface Made {
  name: string;
  token: string;
  mayListModels: boolean;
}

type State =
  | { step: 'editing'; failure: Failure | null }
  | { step: 'busy' }
  /** The sign-in is too long ago: the password is needed once more. */
  | { step: 'locked'; goOn: () => void; giveUp: () => void }
  | { step: 'made'; made: Made }
  | { step: 'forgotten' };

interface NewToken {
  state: State;
  make: (input: CreateApiTokenInput) => Promise<void>;
  /** Drops the token. What was typed stays typed. */
  forget: () => void;
}

/** Makes a token. It lives in this state and nowhere else: not in the store, and not after `forget` or unmounting. */
export function useNewToken(onMade: () => void): NewToken {
  const client = useApolloClient();
  const [state, setState] = useState<State>({ step: 'editing', failure: null });

  const make = async (input: CreateApiTokenInput) => {
    setState({ step: 'busy' });
    try {
      const { data } = await client.mutate({
        mutation: CreateApiTokenDocument,
        variables: { input },
        fetchPolicy: 'no-cache',
      });
      if (!data) throw new Error('The answer has no data');
      const { token, apiToken } = data.createApiToken;
      setState({
        step: 'made',
        made: { name: apiToken.name, token, mayListModels: input.scopes.includes('MODELS_READ') },
      });
      onMade();
    } catch (error) {
      const failure = readFailure(error);
      const giveUp = () => setState({ step: 'editing', failure: null });
      setState(
        failure.code === 'REAUTH_REQUIRED'
          ? { step: 'locked', goOn: () => void make(input), giveUp }
          : { step: 'editing', failure },
      );
    }
  };
  const forget = useCallback(() => setState((before) => (before.step === 'made' ? { step: 'forgotten' } : before)), []);
  return { state, make, forget };
}
