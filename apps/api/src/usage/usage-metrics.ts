import { Counter, Gauge, type Registry } from 'prom-client';
import type { UsageRecorder } from './recording/usage-recorder.js';

/** Tells Prometheus what waits to be stored of usage, and what became of the rest. */
export function registerUsageMetrics(registry: Registry, recorder: UsageRecorder): void {
  const registers = [registry];
  new Gauge({
    name: 'intrallm_usage_pending',
    registers,
    help: 'Different minutes, callers, models and connections whose usage waits to be stored.',
    collect() {
      this.set(recorder.pending);
    },
  });
  const count = (name: string, help: string, value: () => number): void => {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(value());
      },
    });
  };
  count(
    'intrallm_usage_dropped_total',
    'Requests that are missing in the usage, because too much waited or the database refused them.',
    () => recorder.dropped,
  );
  count('intrallm_usage_written_rows_total', 'Rows of usage that were stored or added to.', () => recorder.written);
  count('intrallm_usage_flush_failures_total', 'Tries to store usage that failed.', () => recorder.failures);
}
