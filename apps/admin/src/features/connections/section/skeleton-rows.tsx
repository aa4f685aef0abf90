import { Skeleton, VisuallyHidden } from '@mantine/core';
import classes from './skeleton-rows.module.css';

/** As high as the rows that come. */
export function SkeletonRows({ count }: { count: number }) {
  return (
    <div aria-busy="true">
      <VisuallyHidden>Loading connections…</VisuallyHidden>
      {Array.from({ length: count }, (_, index) => (
        <div key={index} className={classes.row} aria-hidden>
          <Skeleton circle height={8} />
          <div className={classes.lines}>
            <Skeleton height={12} width={130 + ((index * 37) % 60)} radius="xs" />
            <Skeleton height={10} width={200} radius="xs" />
          </div>
        </div>
      ))}
    </div>
  );
}
