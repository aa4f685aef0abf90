/** An element that has a tooltip, and the words of it. */
export interface Anchor {
  readonly element: Element;
  readonly text: string;
}

const DELAY_MS = 350;

/**
 * Tells which element's tooltip is to be shown; null: none. The pointer has to rest on an element for a moment; the
 * keyboard's focus shows it at once. Escape, a press and scrolling hide it. Returns how to stop.
 */
export function watchAnchors(show: (anchor: Anchor | null) => void): () => void {
  let hovered: Element | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const open = (element: Element) => {
    const text = element.getAttribute('data-tooltip');
    if (text && element.isConnected) show({ element, text });
  };
  const close = () => {
    clearTimeout(timer);
    show(null);
  };
  const onPointerOver = ({ target, pointerType }: PointerEvent) => {
    const element = pointerType === 'touch' ? null : anchorOf(target);
    if (element === hovered) return;
    hovered = element;
    close();
    if (element) timer = setTimeout(() => open(element), DELAY_MS);
  };
  const onFocusIn = ({ target }: FocusEvent) => {
    const element = anchorOf(target);
    if (element?.matches(':focus-visible')) open(element);
  };
  const onKeyDown = ({ key }: KeyboardEvent) => {
    if (key === 'Escape') close();
  };

  const listening = new AbortController();
  const { signal } = listening;
  document.addEventListener('pointerover', onPointerOver, { signal });
  document.addEventListener('focusin', onFocusIn, { signal });
  document.addEventListener('focusout', close, { signal });
  document.addEventListener('pointerdown', close, { signal });
  // Before the dialog that the same key closes.
  document.addEventListener('keydown', onKeyDown, { signal, capture: true });
  document.addEventListener('scroll', close, { signal, capture: true, passive: true });
  return () => {
    clearTimeout(timer);
    listening.abort();
  };
}

const anchorOf = (target: EventTarget | null) => (target instanceof Element ? target.closest('[data-tooltip]') : null);
