import { collectDefaultMetrics, Counter, Registry } from 'prom-client';
import { LabelledHistogram } from '../metrics/labelled-counter.js';

/** In seconds. Models answer slowly, everything else answers fast. */
const BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30, 120];

export interface Metrics {
  /** Where further metrics register themselves. */
  readonly registry: Registry;
  /** By method, route and status. */
  readonly requests: LabelledHistogram;
}

/**
 * The metrics of one server, apart from those of any other in the process. `lostLogLines`: how many log lines were lost
 * so far.
 */
export function createMetrics(lostLogLines: () => number = () => 0): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Counter({
    name: 'intrallm_log_lines_lost_total',
    help: 'Lines of the log that could not be written: its disk is full, or its reader is gone or too slow.',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(lostLogLines());
    },
  });
  return {
    registry,
    requests: new LabelledHistogram({
      name: 'intrallm_http_request_duration_seconds',
      help: 'Time from the first byte of a request to the last of its answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: BUCKETS,
      registry,
    }),
  };
}
