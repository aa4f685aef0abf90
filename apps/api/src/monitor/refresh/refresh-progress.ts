import type { Refresh } from './refresh.entity.js';

/**
 * How far a refresh is. `done` counts finished checks, `failed` those of them that the endpoint did not answer well.
 */
export interface RefreshProgress {
  readonly id: string;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly cancelled: boolean;
}

export const progressOf = ({
  id,
  total,
  done,
  failed,
  startedAt,
  finishedAt,
  cancelled,
}: Refresh): RefreshProgress => ({
  id,
  total,
  done,
  failed,
  startedAt,
  finishedAt,
  cancelled,
});

/** Whether a reader of the one has something new to read in the other. */
export const differs = (one: RefreshProgress, other: RefreshProgress): boolean =>
  one.done !== other.done || one.cancelled !== other.cancelled || one.finishedAt !== other.finishedAt;
