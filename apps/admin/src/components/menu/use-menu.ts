import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';

/**
 * A menu button with its menu, as the ARIA patterns describe them:
 * https://www.w3.org/WAI/ARIA/apg/patterns/menu-button/. `button` and `list` are the properties of the two elements;
 * the items carry the role. Mantine's menu does more, and brings a library for placing it that weighs a tenth of the
 * first load.
 */
export function useMenu() {
  const id = useId();
  const [opened, setOpened] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const close = () => {
    setOpened(false);
    button.current?.focus();
  };

  useEffect(() => {
    if (!opened) return;
    itemsOf(list.current)[0]?.focus();
    const onPointerDown = ({ target }: PointerEvent) => {
      const isInside = [button, list].some(({ current }) => target instanceof Node && current?.contains(target));
      if (!isInside) setOpened(false);
    };
    document.addEventListener('pointerdown', onPointerDown);
    return () => document.removeEventListener('pointerdown', onPointerDown);
  }, [opened]);

  const onButtonKey = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    setOpened(true);
  };
  const onListKey = (event: KeyboardEvent) => {
    if (event.key === 'Tab') setOpened(false);
    const items = itemsOf(list.current);
    const next = nextItem(event.key, items.indexOf(document.activeElement as HTMLElement), items.length);
    if (next === null && event.key !== 'Escape') return;
    event.preventDefault();
    if (next === null) close();
    else items[next]?.focus();
  };

  return {
    opened,
    button: {
      ref: button,
      'aria-haspopup': 'menu',
      'aria-expanded': opened,
      'aria-controls': opened ? id : undefined,
      onClick: () => setOpened(!opened),
      onKeyDown: onButtonKey,
    },
    /** A press on an item closes the menu and gives the focus back, once the item has done what it does. */
    list: { ref: list, id, role: 'menu', tabIndex: -1, onKeyDown: onListKey, onClick: close },
  } as const;
}

const itemsOf = (list: HTMLElement | null) => [...(list?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? [])];

/** Null: the key moves nothing. */
function nextItem(key: string, current: number, count: number): number | null {
  switch (key) {
    case 'ArrowDown':
      return (current + 1) % count;
    case 'ArrowUp':
      return (Math.max(current, 0) - 1 + count) % count;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}
