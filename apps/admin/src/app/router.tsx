import { lazy, Suspense, useEffect, type ReactNode } from 'react';
import { Navigate, Route, Routes } from 'react-router';
import { paths } from '../lib/paths.js';
import { useViewer } from '../lib/session/session-context.js';
import { RequireSession } from './require-session.js';
import { SetUpRoute, SignInRoute } from './routes/entry.js';
import { MemberRoute } from './routes/member.js';
import { NotFoundRoute } from './routes/not-found.js';
import { Shell } from './shell/shell.js';

const loadConnections = () => import('./routes/connections.js');
const ConnectionsRoute = lazy(() => loadConnections().then((module) => ({ default: module.ConnectionsRoute })));
const AccountPage = lazy(() =>
  import('../features/account/account-page.js').then((module) => ({ default: module.AccountPage })),
);

export function Router() {
  // Most come for this page: it is fetched while the server says who is here, or while somebody signs in.
  useEffect(() => void loadConnections().catch(() => undefined), []);
  return (
    <Suspense fallback={<div aria-busy="true" />}>
      <Routes>
        <Route path={paths.signIn} element={<SignInRoute />} />
        <Route path={paths.setUp} element={<SetUpRoute />} />
        <Route element={<RequireSession />}>
          <Route element={<Shell />}>
            <Route index element={<Navigate to={paths.connections} replace />} />
            <Route
              path={paths.connections}
              element={
                <ForAdministrators>
                  <Suspense fallback={<div aria-busy="true" />}>
                    <ConnectionsRoute />
                  </Suspense>
                </ForAdministrators>
              }
            />
            <Route
              path={paths.account}
              element={
                <Suspense fallback={<div aria-busy="true" />}>
                  <AccountPage />
                </Suspense>
              }
            />
            <Route path="*" element={<NotFoundRoute />} />
          </Route>
        </Route>
      </Routes>
    </Suspense>
  );
}

function ForAdministrators({ children }: { children: ReactNode }) {
  return useViewer().scopes.includes('CONNECTIONS_READ') ? children : <MemberRoute />;
}
