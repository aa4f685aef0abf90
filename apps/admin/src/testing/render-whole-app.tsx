import { configure, render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryRouter, useLocation } from 'react-router';
import { App } from '../app/app.js';
import { createClient } from '../lib/apollo/client.js';
import type { Instance, Viewer } from '../lib/session/session-context.js';
import { createSessionSignals } from '../lib/session/session-signals.js';
import { type Answer, createScriptedClient, type Script } from './scripted-client.js';
import { createScriptedTransport } from './scripted-transport.js';

// Waiting ends with the event it waits for; this is only how long a busy machine may take.
configure({ asyncUtilTimeout: 15_000 });

export function sampleViewer(more: Partial<Viewer> = {}): Viewer & { __typename: 'Viewer' } {
  return {
    __typename: 'Viewer',
    id: 'u1',
    name: 'Ada',
    email: 'ada@example.test',
    role: 'ADMIN',
    scopes: ['CONNECTIONS_READ', 'CONNECTIONS_WRITE', 'MODELS_READ', 'AUDIT_READ', 'KEYS_REVEAL'],
    ...more,
  };
}

/** The answer to who is here: nobody without a viewer. */
export function sessionAnswer(viewer: Viewer | null, instance: Partial<Instance> = {}): Answer {
  const known = { needsSetUp: false, passwordSignIn: true, singleSignOnUrl: null, version: '0.1.0', ...instance };
  return { data: { instance: { __typename: 'Instance', ...known }, me: viewer } };
}

/** The app as main.tsx builds it, at a path, over a scripted network. Without more of a script Ada is signed in. */
export function renderWholeApp(script: Script, path = '/') {
  const signals = createSessionSignals();
  const scripted = createScriptedClient(
    {
      Session: () => sessionAnswer(sampleViewer()),
      Connections: () => ({ data: { connections: [] } }),
      ConnectionStrips: () => ({ data: { strips: [] } }),
      Sessions: () => ({ data: { sessions: [] } }),
      ApiTokens: () => ({ data: { apiTokens: [] } }),
      ...script,
    },
    (link) => createClient({ link, onUnauthenticated: signals.expired }),
  );
  const live = createScriptedTransport();
  let place = '';
  function Watched() {
    const { pathname, search } = useLocation();
    place = pathname + search;
    return null;
  }
  render(
    <App
      client={scripted.client}
      transport={live.transport}
      signals={signals}
      history={(children) => (
        <MemoryRouter initialEntries={[path]}>
          {children}
          <Watched />
        </MemoryRouter>
      )}
    />,
  );
  return { ...scripted, live, signals, user: userEvent.setup({ delay: null }), where: () => place };
}
