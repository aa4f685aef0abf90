import { defaultRangeExtractor, useWindowVirtualizer, type Range } from '@tanstack/react-virtual';
import {
  useCallback,
  useDeferredValue,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type ReactNode,
  type RefObject,
} from 'react';
import classes from './virtual-list.module.css';

/** Shorter lists are drawn whole: finding in the page and printing then work as everywhere. */
const WHOLE_UP_TO = 60;
/** Rows drawn beyond the edges of the window, so that scrolling shows no blank. */
const OVERSCAN = 8;

interface VirtualListProps<Item> {
  items: readonly Item[];
  keyOf: (item: Item) => string;
  /** Height of a usual row in pixels. A row that is drawn is measured, whatever its height. */
  rowHeight: number;
  renderItem: (item: Item) => ReactNode;
}

/**
 * A list in the flow of the page, of which only what is near the window is drawn where it is long. The row that holds
 * the focus is always drawn with its neighbours, so that scrolling does not lose the focus and Tab leads on. Assistive
 * technology is told the length and each row's place.
 */
export function VirtualList<Item>(props: VirtualListProps<Item>) {
  const { items, keyOf, renderItem } = props;
  if (items.length > WHOLE_UP_TO) return <WindowedList {...props} />;
  return (
    <ul className={classes.list}>
      {items.map((item) => (
        <li key={keyOf(item)}>{renderItem(item)}</li>
      ))}
    </ul>
  );
}

function WindowedList<Item>({ items, keyOf, rowHeight, renderItem }: VirtualListProps<Item>) {
  const list = useRef<HTMLUListElement>(null);
  const top = useTopInPage(list);
  const [focused, setFocused] = useState<string | null>(null);
  const getItemKey = useCallback((index: number) => keyOf(items[index] as Item), [items, keyOf]);
  const focusedIndex = focused === null ? -1 : items.findIndex((item) => keyOf(item) === focused);
  const rangeExtractor = useCallback(
    (range: Range) => withNeighbours(defaultRangeExtractor(range), focusedIndex, range.count),
    [focusedIndex],
  );
  const rows = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    scrollMargin: top,
    getItemKey,
    rangeExtractor,
  });
  useFocusedKey(list, setFocused);
  const drawn = useSightFirst(rows.getVirtualIndexes(), rows.range, focusedIndex);

  return (
    <ul ref={list} className={classes.list} style={{ height: rows.getTotalSize(), position: 'relative' }}>
      {rows
        .getVirtualItems()
        .filter(({ index }) => drawn.has(index))
        .map(({ index, key, start }) => (
          <li
            key={key}
            ref={rows.measureElement}
            data-index={index}
            data-key={key}
            aria-setsize={items.length}
            aria-posinset={index + 1}
            className={classes.placed}
            style={{ top: start - top }}
          >
            {renderItem(items[index] as Item)}
          </li>
        ))}
    </ul>
  );
}

interface Sight {
  startIndex: number;
  endIndex: number;
}

/**
 * Of the rows near the window those in sight at once, the others when there is time: a jump to another place of the
 * page would otherwise draw three times as many rows in one task, and the page would hang for so long. Those beside the
 * focus do not wait: Tab has to find them.
 */
function useSightFirst(near: readonly number[], sight: Sight | null, focused: number): ReadonlySet<number> {
  const drawnInTime = new Set(useDeferredValue(near));
  const inSight = (index: number) => sight === null || (index >= sight.startIndex && index <= sight.endIndex);
  const besideFocus = (index: number) => focused !== -1 && Math.abs(index - focused) <= 1;
  return new Set(near.filter((index) => inSight(index) || besideFocus(index) || drawnInTime.has(index)));
}

/** Tells which row has the focus in it, whenever that changes; null: none. */
function useFocusedKey(list: RefObject<HTMLElement | null>, onChange: (key: string | null) => void): void {
  useEffect(() => {
    const element = list.current;
    if (!element) return;
    const onFocus = ({ target }: FocusEvent) => {
      const row = target instanceof Element ? target.closest<HTMLElement>('li[data-key]') : null;
      onChange(row?.dataset['key'] ?? null);
    };
    // Where the focus goes on to another row, that row would be gone before it has it.
    const onBlur = ({ relatedTarget }: FocusEvent) => {
      if (!(relatedTarget instanceof Node) || !element.contains(relatedTarget)) onChange(null);
    };
    element.addEventListener('focusin', onFocus);
    element.addEventListener('focusout', onBlur);
    return () => {
      element.removeEventListener('focusin', onFocus);
      element.removeEventListener('focusout', onBlur);
    };
  }, [list, onChange]);
}

/** With the row that has the focus, and those beside it: Tab leads to the next one, which then scrolls into sight. */
function withNeighbours(indexes: readonly number[], focused: number, count: number): number[] {
  if (focused === -1) return [...indexes];
  const beside = [focused - 1, focused, focused + 1].filter((index) => index >= 0 && index < count);
  return [...new Set([...indexes, ...beside])].sort((a, b) => a - b);
}

/** How far below the top of the page the element begins. What stands above it may grow and shrink. */
function useTopInPage(element: RefObject<HTMLElement | null>): number {
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const measure = () => {
      if (element.current) setTop(Math.round(element.current.getBoundingClientRect().top + window.scrollY));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [element]);
  return top;
}
