import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { watchAnchors, type Anchor } from './anchors.js';
import classes from './tooltip.module.css';

/** Between the tooltip and its element, and between it and the edges of the window, in pixels. */
const GAP = 6;

/**
 * The one tooltip of the app. It shows the `data-tooltip` of the element under the pointer or with the keyboard's
 * focus. A tooltip for each element would make a long list slow: each has its own state, listeners and positioning.
 */
export function Tooltip() {
  const [anchor, setAnchor] = useState<Anchor | null>(null);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => watchAnchors(setAnchor), []);
  useLayoutEffect(() => {
    if (anchor && box.current) place(box.current, anchor.element.getBoundingClientRect());
  }, [anchor]);
  // Hidden from screen readers: the accessible name of the element says the same and more.
  return (
    anchor && (
      <div ref={box} className={classes.tooltip} aria-hidden>
        {anchor.text}
      </div>
    )
  );
}

/** Above the element, or below it where there is no room, and always within the window. */
function place(box: HTMLElement, target: DOMRect): void {
  const { width, height } = box.getBoundingClientRect();
  const centred = target.left + target.width / 2 - width / 2;
  const rightmost = document.documentElement.clientWidth - width - GAP;
  const above = target.top - height - GAP;
  box.style.left = `${Math.max(GAP, Math.min(centred, rightmost))}px`;
  box.style.top = `${above < GAP ? target.bottom + GAP : above}px`;
}
