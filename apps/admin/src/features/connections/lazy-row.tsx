import { useEffect, useRef, useState, type ReactNode } from 'react';
import classes from './lazy-row.module.css';

const atOnce = 30;
const nearPx = 1200;

interface LazyRowProps {
  index: number;
  name: string;
  children: ReactNode;
}

/**
 * The first rows are there at once; one further down is built when the reader comes near, and stays. Until then its name
 * holds its place, so that finding on the page and screen readers know of it.
 */
export function LazyRow({ index, name, children }: LazyRowProps) {
  const [near, setNear] = useState(index < atOnce || typeof IntersectionObserver === 'undefined');
  const place = useRef<HTMLLIElement>(null);

  useEffect(() => {
    if (near || !place.current) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) setNear(true);
      },
      { rootMargin: `${nearPx}px 0px` },
    );
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [near]);

  return <li ref={place}>{near ? children : <div className={classes.place}>{name}</div>}</li>;
}
