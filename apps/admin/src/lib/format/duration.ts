const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** How long something lasts, in its largest unit: "12 min", "2 h", "3 d". Under a minute: "now". */
export function formatAge(ms: number): string {
  if (ms < minuteMs) return 'now';
  if (ms < hourMs) return `${Math.floor(ms / minuteMs)} min`;
  if (ms < dayMs) return `${Math.floor(ms / hourMs)} h`;
  return `${Math.floor(ms / dayMs)} d`;
}

/** A response time with as many digits as help: "3 ms", "0.8 ms", "2.4 s". */
export function formatLatency(ms: number): string {
  if (ms < 1) return `${Math.max(ms, 0.1).toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(1)} s`;
}
