import { Fragment, lazy, Suspense, useEffect } from 'react';
import { Navigate, Outlet, useLocation } from 'react-router';
import { wholePath } from '../lib/base-path.js';
import { paths, signInPath } from '../lib/paths.js';
import { useSession } from '../lib/session/session-context.js';
import { Starting } from './starting.js';

const loadDialog = () => import('../features/sign-in/session-ended-dialog.js');
const SessionEndedDialog = lazy(() => loadDialog().then((module) => ({ default: module.SessionEndedDialog })));

/** Lets those in who are signed in. When a session ends while somebody works, the page stays under the question. */
export function RequireSession() {
  const { session, signedIn } = useSession();
  const { pathname, search } = useLocation();
  const isSignedIn = session.state === 'signedIn';
  useEffect(() => {
    // Ahead of its use: a session also ends when a new version of the server comes, which has this file no more.
    if (isSignedIn) void loadDialog().catch(() => undefined);
  }, [isSignedIn]);
  if (session.state === 'signedOut') {
    return <Navigate to={session.instance.needsSetUp ? paths.setUp : signInPath(pathname + search)} replace />;
  }
  if (session.state !== 'signedIn') return <Starting session={session} />;
  return (
    <>
      {/* After a session has ended, another person gets a page without what was typed or opened before. */}
      <Fragment key={session.viewer.id}>
        <Outlet />
      </Fragment>
      {session.expired && (
        <Suspense fallback={null}>
          <SessionEndedDialog
            instance={session.instance}
            viewer={session.viewer}
            onSignedIn={signedIn}
            onLeave={() => window.location.assign(wholePath(paths.signIn))}
          />
        </Suspense>
      )}
    </>
  );
}
