import { lazy } from 'react';
import { Navigate, useLocation, useSearchParams } from 'react-router';
import { SignInPage } from '../../features/sign-in/sign-in-page.js';
import { paths, safeNext } from '../../lib/paths.js';
import { useSession } from '../../lib/session/session-context.js';
import { Starting } from '../starting.js';

const SetUpPage = lazy(() =>
  import('../../features/set-up/set-up-page.js').then((module) => ({ default: module.SetUpPage })),
);

/** /sign-in: leads on to where one wanted to go, at once for those who are signed in already. */
export function SignInRoute() {
  const { session, signedIn } = useSession();
  const [search] = useSearchParams();
  if (session.state === 'signedIn') return <Navigate to={safeNext(search.get('next'))} replace />;
  if (session.state !== 'signedOut') return <Starting session={session} />;
  if (session.instance.needsSetUp) return <Navigate to={paths.setUp} replace />;
  return <SignInPage instance={session.instance} onSignedIn={signedIn} />;
}

/** /set-up#token: the fragment never reaches a server's log. */
export function SetUpRoute() {
  const { session, signedIn } = useSession();
  const { hash } = useLocation();
  if (session.state === 'signedIn') return <Navigate to={paths.connections} replace />;
  if (session.state !== 'signedOut') return <Starting session={session} />;
  if (!session.instance.needsSetUp) return <Navigate to={paths.signIn} replace />;
  return <SetUpPage token={hash.slice(1)} onSetUp={signedIn} />;
}
