import './app/theme/styles.js';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { App } from './app/app.js';
import { createClient } from './lib/apollo/client.js';
import { basePath, isBelowBase, publicAddress, wholePath } from './lib/base-path.js';
import { createSocketTransport, socketUrl } from './lib/live/transport.js';
import { createSessionSignals } from './lib/session/session-signals.js';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has lost its root');

const signals = createSessionSignals();
const client = createClient({ onUnauthenticated: signals.expired });
const transport = createSocketTransport(socketUrl(publicAddress));

const { pathname, search, hash } = window.location;
if (isBelowBase(pathname)) {
  createRoot(root).render(
    <StrictMode>
      <App
        client={client}
        transport={transport}
        signals={signals}
        history={(children) => <BrowserRouter basename={basePath}>{children}</BrowserRouter>}
      />
    </StrictMode>,
  );
} else {
  // Somebody who came past the proxy: the server answers there too, but its cookie counts below the base alone.
  window.location.replace(wholePath(pathname + search + hash));
}
