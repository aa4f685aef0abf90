import type { ApolloClient } from '@apollo/client';
import { ApolloProvider } from '@apollo/client/react';
import { MantineProvider } from '@mantine/core';
import type { ReactNode } from 'react';
import { Announcer } from '../components/announcer.js';
import { Tooltip } from '../components/tooltip/tooltip.js';
import { TransportContext } from '../lib/live/transport-context.js';
import type { LiveTransport } from '../lib/live/transport.js';
import { SessionProvider } from '../lib/session/session-provider.js';
import type { SessionSignals } from '../lib/session/session-signals.js';
import { AppBoundary } from './app-boundary.js';
import { Router } from './router.js';
import { cssVariables, theme } from './theme/theme.js';

interface AppProps {
  client: ApolloClient;
  transport: LiveTransport;
  signals: SessionSignals;
  /** The kind of history: the browser's, or one in memory for tests. */
  history: (children: ReactNode) => ReactNode;
}

/** The whole app around what it talks to. */
export function App({ client, transport, signals, history }: AppProps) {
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <AppBoundary client={client}>
        <ApolloProvider client={client}>
          <TransportContext value={transport}>
            <SessionProvider signals={signals}>
              <Announcer>{history(<Router />)}</Announcer>
            </SessionProvider>
          </TransportContext>
        </ApolloProvider>
      </AppBoundary>
      <Tooltip />
    </MantineProvider>
  );
}
