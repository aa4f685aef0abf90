import { TextDecoder, TextEncoder } from 'node:util';

// What browsers have, jsdom lacks, and Mantine asks for. Nothing here does anything: layout is for the browser tests.
class NoResizeObserver implements ResizeObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

// React Router asks for them as soon as it is loaded.
Object.assign(globalThis, { TextDecoder, TextEncoder });

// Testing Library would set it by itself, had it the test globals that we import instead.
Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });

globalThis.ResizeObserver = NoResizeObserver;
const matchNothing = (media: string): Omit<MediaQueryList, 'addListener' | 'removeListener'> => ({
  matches: false,
  media,
  onchange: null,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
  dispatchEvent: () => false,
});
window.matchMedia = matchNothing as typeof window.matchMedia;
Element.prototype.scrollIntoView = () => undefined;
