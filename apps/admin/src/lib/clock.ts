// One timer for everything that ages on the page, however many rows there are, and none while nobody looks.
import { useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | null = null;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => listeners.forEach((notify) => notify()), 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
}

/**
 * A value derived from the present instant, looked at every second. The component renders again only when the value
 * changes, so derive something coarse and primitive: a text, a number of whole seconds.
 */
export function useClock<Value extends string | number | boolean>(derive: (nowMs: number) => Value): Value {
  return useSyncExternalStore(subscribe, () => derive(Date.now()));
}
