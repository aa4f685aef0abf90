import { ApolloClient, ApolloLink, HttpLink } from '@apollo/client';
import { ErrorLink } from '@apollo/client/link/error';
import { wholePath } from '../base-path.js';
import { errorCode } from '../error-codes.js';
import { tellOfAnswers } from './answers.js';
import { createCache } from './cache.js';

interface ClientOptions {
  /** Default: the HTTP link to the product's own /graphql. */
  link?: ApolloLink;
  /** Called whenever an answer says that nobody is signed in (any more). */
  onUnauthenticated: () => void;
}

/**
 * The one Apollo client. Operations with a secret in their variables or their answer must be run with
 * `fetchPolicy: 'no-cache'`: everything else stays in the cache for as long as the page lives. The developer tools
 * are kept out, because connecting them makes the client record the variables of every mutation.
 */
export function createClient({ link = createHttpLink(), onUnauthenticated }: ClientOptions): ApolloClient {
  const watchSession = new ErrorLink(({ error }) => {
    if (errorCode(error) === 'UNAUTHENTICATED') onUnauthenticated();
  });
  return new ApolloClient({
    link: ApolloLink.from([tellOfAnswers, watchSession, link]),
    cache: createCache(),
    devtools: { enabled: false },
  });
}

function createHttpLink(): HttpLink {
  return new HttpLink({ uri: wholePath('/graphql'), credentials: 'same-origin' });
}
