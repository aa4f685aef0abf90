interface HalfHour {
  readonly from: string;
  /** Null where nothing is known. */
  readonly worst: string | null;
}

/**
 * The instant since which something is known of a day, where that is not the whole of it: a share of a few seconds must
 * not pass for that of 24 hours. Null: the whole day is known, or nothing of it.
 */
export function knownSince(timeline: readonly HalfHour[], linkedAt: string): string | null {
  const first = timeline.findIndex(({ worst }) => worst !== null && worst !== 'UNKNOWN');
  const from = timeline[first]?.from;
  if (first < 1 || from === undefined) return null;
  return Date.parse(linkedAt) > Date.parse(from) ? linkedAt : from;
}
