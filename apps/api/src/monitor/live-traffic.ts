import type { Check, Problem } from '@intrallm/providers';
import { isUp, LIVE_REFUSAL_MS, type HealthState } from './assess.js';
import type { CheckSchedule } from './check-schedule.js';
import type { Clock } from '../clock.js';
import type { ResultWriter } from './result-writer.js';
import type { TrafficEvidence } from './traffic-evidence.js';

/** Live traffic brings a connection's check forward at most this often. */
const HURRY_EVERY_MS = 1_000;

interface Options {
  readonly clock: Clock;
  readonly writer: ResultWriter;
  readonly schedule: CheckSchedule;
}

type Known = Pick<HealthState, 'status' | 'failures'>;

/**
 * Turns what live requests show into checks and states. A refusal takes effect at once. A failure or a good answer that
 * contradicts the state makes a check now, and the check counts: a burst of failed requests is one failure, not many.
 */
export class LiveTraffic {
  readonly #known = new Map<string, Known>();
  readonly #refusedAt = new Map<string, number>();
  readonly #hurriedAt = new Map<string, number>();
  readonly #writing = new Set<string>();

  constructor(private readonly options: Options) {}

  observe(connectionId: string, evidence: TrafficEvidence): void {
    const known = this.#known.get(connectionId);
    if (known === undefined) return;
    switch (evidence.kind) {
      case 'REFUSED':
        this.#refusedAt.set(connectionId, this.options.clock.now());
        if (known.status !== 'UNAUTHORIZED')
          void this.#refuse(connectionId, evidence.endpointRevision, evidence.problem);
        return;
      case 'FAILED':
        // In a window of failures, and while offline, checks are on their way already.
        if (known.failures === 0) this.#hurry(connectionId);
        return;
      case 'ANSWERED':
        this.#refusedAt.delete(connectionId);
        if (!isUp(known.status)) this.#hurry(connectionId);
        return;
    }
  }

  /** Live traffic was refused a short while ago, and nothing has proven the key since. */
  isRefused(connectionId: string): boolean {
    const at = this.#refusedAt.get(connectionId);
    return at !== undefined && this.options.clock.now() - at < LIVE_REFUSAL_MS;
  }

  know(connectionId: string, { status, failures }: Known): void {
    this.#known.set(connectionId, { status, failures });
    if (status !== 'UNAUTHORIZED') this.#refusedAt.delete(connectionId);
  }

  /** The next check alone decides. */
  forgive(connectionId: string): void {
    this.#refusedAt.delete(connectionId);
  }

  forget(connectionId: string): void {
    this.#known.delete(connectionId);
    this.#refusedAt.delete(connectionId);
    this.#hurriedAt.delete(connectionId);
  }

  async #refuse(connectionId: string, endpointRevision: number, problem: Problem): Promise<void> {
    if (this.#writing.has(connectionId)) return;
    this.#writing.add(connectionId);
    const check = refusal(problem);
    const written = await this.options.writer.submit({
      connectionId,
      endpointRevision,
      check,
      refusedLive: true,
      isLive: true,
    });
    this.#writing.delete(connectionId);
    if (written.outcome === 'stored' && this.#known.has(connectionId)) this.#known.set(connectionId, written.health);
  }

  #hurry(connectionId: string): void {
    const now = this.options.clock.now();
    if (now - (this.#hurriedAt.get(connectionId) ?? -Infinity) < HURRY_EVERY_MS) return;
    this.#hurriedAt.set(connectionId, now);
    this.options.schedule.hurry(connectionId);
  }
}

function refusal(problem: Problem): Check {
  return {
    status: 'UNAUTHORIZED',
    latencyMs: null,
    stages: [],
    problem,
    models: null,
    serverVersion: null,
    retryAfterMs: null,
  };
}
