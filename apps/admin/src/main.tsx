import './app/theme/styles.js';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { App } from './app/app.js';
import { createClient } from './lib/apollo/client.js';
import { createSocketTransport, socketUrl } from './lib/live/transport.js';
import { createSessionSignals } from './lib/session/session-signals.js';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has lost its root');

const signals = createSessionSignals();
const client = createClient({ onUnauthenticated: signals.expired });
const transport = createSocketTransport(socketUrl(window.location));

createRoot(root).render(
  <StrictMode>
    <App
      client={client}
      transport={transport}
      signals={signals}
      history={(children) => <BrowserRouter>{children}</BrowserRouter>}
    />
  </StrictMode>,
);
