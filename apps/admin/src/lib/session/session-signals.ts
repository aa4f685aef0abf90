import { basePath } from '../base-path.js';

/** How those who are not components say something about the session, and how tabs of one browser tell each other. */
export interface SessionSignals {
  expired: () => void;
  /** Returns how to stop listening, as the next one does. */
  onExpired: (listener: () => void) => () => void;
  tellOtherTabs: () => void;
  onOtherTab: (listener: () => void) => () => void;
}

export function createSessionSignals(): SessionSignals {
  const listeners = new Set<() => void>();
  const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(`intrallm.session${basePath}`);
  return {
    expired: () => listeners.forEach((listener) => listener()),
    onExpired(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tellOtherTabs: () => channel?.postMessage('changed'),
    onOtherTab(listener) {
      channel?.addEventListener('message', listener);
      return () => channel?.removeEventListener('message', listener);
    },
  };
}
