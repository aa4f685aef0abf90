import { createContext, use } from 'react';
import type { Scope, Session_viewerFragment, SessionQuery } from '@intrallm/schema';
import type { Failure } from '../error-codes.js';

export type Viewer = Session_viewerFragment;
export type Instance = SessionQuery['instance'];

export type Session =
  | { state: 'loading' }
  | { state: 'unreachable'; failure: Failure; retry: () => void }
  | { state: 'signedOut'; instance: Instance }
  | { state: 'signedIn'; instance: Instance; viewer: Viewer; expired: boolean };

interface SessionActions {
  /**
   * To be called after a sign-in or set-up that succeeded: reads again who it is, then forgets that anything expired.
   */
  signedIn: () => Promise<void>;
  /** Ends the session here and tells the other tabs. What was read is forgotten. */
  signOut: () => Promise<void>;
  /** The server said that nobody is signed in. Harmless when nobody was. */
  expire: () => void;
}

export interface SessionValue extends SessionActions {
  session: Session;
  /** Grows with each sign-in: what was opened under another session has to be opened again. */
  epoch: number;
}

export const SessionContext = createContext<SessionValue | null>(null);

export function useSession(): SessionValue {
  const value = use(SessionContext);
  if (!value) throw new Error('useSession needs a SessionProvider above it');
  return value;
}

/** Who is signed in. Only below the pages that ask for a sign-in. */
export function useViewer(): Viewer {
  const { session } = useSession();
  if (session.state !== 'signedIn') throw new Error('useViewer is only for pages behind the sign-in');
  return session.viewer;
}

/** Whether the viewer may do something. */
export function useMay(scope: Scope): boolean {
  return useViewer().scopes.includes(scope);
}
