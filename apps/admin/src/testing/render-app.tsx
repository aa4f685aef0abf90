import type { ApolloClient } from '@apollo/client';
import { ApolloProvider } from '@apollo/client/react';
import { MantineProvider } from '@mantine/core';
import { configure, render } from '@testing-library/react';
import type { ReactElement } from 'react';
import { MemoryRouter } from 'react-router';
import type { Scope } from '@intrallm/schema';
import { theme } from '../app/theme/theme.js';
import { TransportContext } from '../lib/live/transport-context.js';
import type { LiveTransport } from '../lib/live/transport.js';
import { type SessionValue, SessionContext } from '../lib/session/session-context.js';

// Waiting ends with the event it waits for; this is only how long a busy machine may take.
configure({ asyncUtilTimeout: 15_000 });

const silentTransport: LiveTransport = { subscribe: () => () => undefined };

function sessionWith(scopes: Scope[]): SessionValue {
  const viewer = {
    __typename: 'Viewer' as const,
    id: 'u1',
    name: 'Ada',
    email: 'ada@example.test',
    role: 'ADMIN' as const,
    scopes,
  };
  const instance = { needsSetUp: false, passwordSignIn: true, singleSignOnUrl: null, version: '0.1.0' };
  return {
    session: { state: 'signedIn', viewer, instance, expired: false },
    epoch: 0,
    signedIn: () => Promise.resolve(),
    signOut: () => Promise.resolve(),
    expire: () => undefined,
  };
}

interface RenderOptions {
  client: ApolloClient;
  /** Default: everything that these components ask for. */
  scopes?: Scope[];
  transport?: LiveTransport;
}

/** Renders a component inside of what the app puts around it, with a signed-in administrator. */
export function renderInApp(element: ReactElement, { client, scopes, transport = silentTransport }: RenderOptions) {
  const all: Scope[] = ['CONNECTIONS_READ', 'CONNECTIONS_WRITE', 'MODELS_READ', 'AUDIT_READ', 'KEYS_REVEAL'];
  const session = sessionWith(scopes ?? all);
  const around = (children: ReactElement) => (
    <MantineProvider theme={theme} env="test">
      <ApolloProvider client={client}>
        <SessionContext value={session}>
          <TransportContext value={transport}>
            <MemoryRouter>{children}</MemoryRouter>
          </TransportContext>
        </SessionContext>
      </ApolloProvider>
    </MantineProvider>
  );
  const view = render(around(element));
  return { ...view, rerender: (next: ReactElement) => view.rerender(around(next)) };
}
