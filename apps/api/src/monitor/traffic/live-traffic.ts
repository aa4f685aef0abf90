import type { Check, Problem } from '@intrallm/providers';
import type { Clock } from '../../clock.js';
import type { CheckSchedule } from '../checks/check-schedule.js';
import type { ResultWriter } from '../checks/result-writer.js';
import { isUp, LIVE_REFUSAL_MS, type HealthState } from '../health/assess.js';
import { LiveRefusals } from './live-refusals.js';
import type { MemoryUse, TrafficEvidence } from './traffic-evidence.js';

/** Live traffic brings a connection's check forward at most this often; doubled with each check that contradicts it. */
const HURRY = { firstMs: 1_000, longestMs: 30_000 };
/** A check that looks what an instance has in memory is made at most this often for the sake of requests. */
const MEMORY_MS = 5_000;
/** A check under way may have looked already. */
const LOOK_AGAIN_MS = 1_000;

interface Options {
  readonly clock: Clock;
  readonly writer: ResultWriter;
  readonly schedule: CheckSchedule;
  /** As the last check found it. */
  readonly isInMemory: (connectionId: string, model: string) => boolean;
}

/** What is known of a connection by its last check or edit. */
interface LastState extends Pick<HealthState, 'status' | 'failures'> {
  readonly endpointRevision: number;
  /** Models that the endpoint has; null: not known yet. */
  readonly modelCount: number | null;
}

interface Watched {
  known: LastState;
  readonly refusals: LiveRefusals;
  /** When refusals made UNAUTHORIZED, in milliseconds since the epoch; null: nothing stands against the key. */
  convictedAt: number | null;
  isWriting: boolean;
  /** When evidence against it, and evidence for it, brought its check forward. */
  hurriedAt: number;
  hurriedForGoodAt: number;
  /** Checks in a row that live traffic brought forward and that found the endpoint well. */
  contradicted: number;
  isHurried: boolean;
  /** When a changed memory brought its check forward. */
  memoryHurriedAt: number;
  /** It will do so then. */
  stopMemoryTimer: (() => void) | null;
}

/**
 * Turns what live requests show into checks and states. One request proves nothing against an endpoint, for it may be
 * refused or break it by itself: it makes a check now, and the check counts. Only refusals of several models to several
 * people, with nobody served meanwhile, make UNAUTHORIZED: the list of models, which checks read, is often open to
 * everybody.
 */
export class LiveTraffic {
  readonly #watched = new Map<string, Watched>();

  constructor(private readonly options: Options) {}

  observe(connectionId: string, evidence: TrafficEvidence): void {
    const watched = this.#watched.get(connectionId);
    // What was asked of an address or with a key that are no longer in use says nothing of those that are.
    if (watched === undefined || evidence.endpointRevision !== watched.known.endpointRevision) return;
    const { known } = watched;
    switch (evidence.kind) {
      case 'REFUSED':
        watched.refusals.add(evidence);
        if (known.status === 'UNAUTHORIZED') return;
        if (watched.refusals.speakAgainstKey(known.modelCount))
          void this.#convict(connectionId, watched, evidence.problem);
        else this.#hurry(connectionId, watched);
        return;
      case 'FAILED':
        // In a window of failures, and while offline, checks are on their way already.
        if (known.failures === 0) this.#hurry(connectionId, watched);
        return;
      case 'ANSWERED':
        this.#acquit(watched);
        if (!isUp(known.status)) this.#hurryForGood(connectionId, watched);
        else if (evidence.memory !== undefined) this.#lookAtMemory(connectionId, watched, evidence.memory);
        return;
    }
  }

  /** Live traffic stood against the key a short while ago, and nothing has proven it since. */
  isRefused(connectionId: string): boolean {
    const at = this.#watched.get(connectionId)?.convictedAt ?? null;
    return at !== null && this.options.clock.monotonic() - at < LIVE_REFUSAL_MS;
  }

  /** What a check or an edit made of it. `modelCount` null: as it was. */
  know(connectionId: string, known: LastState): void {
    const watched = this.#watched.get(connectionId);
    if (watched === undefined) {
      const refusals = new LiveRefusals(() => this.options.clock.monotonic());
      const never = {
        hurriedAt: -Infinity,
        hurriedForGoodAt: -Infinity,
        contradicted: 0,
        isHurried: false,
        memoryHurriedAt: -Infinity,
        stopMemoryTimer: null,
        isWriting: false,
        convictedAt: null,
      };
      this.#watched.set(connectionId, { known, refusals, ...never });
      return;
    }
    const isSameEndpoint = known.endpointRevision === watched.known.endpointRevision;
    watched.known = { ...known, modelCount: known.modelCount ?? (isSameEndpoint ? watched.known.modelCount : null) };
    if (!isSameEndpoint) this.#acquit(watched);
    if (known.status !== 'UNAUTHORIZED') watched.convictedAt = null;
    if (!watched.isHurried) return;
    watched.isHurried = false;
    watched.contradicted = isUp(known.status) && known.failures === 0 ? watched.contradicted + 1 : 0;
  }

  /** The next check alone decides. */
  forgive(connectionId: string): void {
    const watched = this.#watched.get(connectionId);
    if (watched !== undefined) this.#acquit(watched);
  }

  forget(connectionId: string): void {
    this.#watched.get(connectionId)?.stopMemoryTimer?.();
    this.#watched.delete(connectionId);
  }

  /** Leaves no timer. */
  stop(): void {
    for (const connectionId of [...this.#watched.keys()]) this.forget(connectionId);
  }

  async #convict(connectionId: string, watched: Watched, problem: Problem): Promise<void> {
    if (watched.isWriting) return;
    watched.isWriting = true;
    watched.convictedAt = this.options.clock.monotonic();
    const { endpointRevision } = watched.known;
    const told = { ...problem, message: REFUSED_TO_ALL, hint: REFUSED_HINT };
    const result = { connectionId, endpointRevision, check: refusal(told), refusedLive: true, isLive: true };
    const written = await this.options.writer.submit(result);
    watched.isWriting = false;
    if (written.outcome !== 'stored') {
      watched.convictedAt = null;
      return;
    }
    const { status, failures } = written.health;
    watched.known = { ...watched.known, status, failures };
    // Somebody was served while it was written: what is stored is no longer true.
    if (!isConvicted(watched) && this.#watched.get(connectionId) === watched) {
      this.options.schedule.hurry(connectionId);
    }
  }

  #acquit(watched: Watched): void {
    watched.convictedAt = null;
    watched.refusals.clear();
  }

  #hurry(connectionId: string, watched: Watched): void {
    const now = this.options.clock.monotonic();
    const everyMs = Math.min(HURRY.firstMs * 2 ** watched.contradicted, HURRY.longestMs);
    if (now - watched.hurriedAt < everyMs) return;
    watched.hurriedAt = now;
    watched.isHurried = true;
    this.options.schedule.hurry(connectionId);
  }

  /** What the last check found in memory is no longer so: the next one comes soon, and shows it. */
  #lookAtMemory(connectionId: string, watched: Watched, { model, unloads }: MemoryUse): void {
    const { clock, schedule, isInMemory } = this.options;
    if (watched.stopMemoryTimer !== null || isInMemory(connectionId, model) !== unloads) return;
    const atOnce = (): void => {
      watched.stopMemoryTimer = null;
      watched.memoryHurriedAt = clock.monotonic();
      schedule.hurry(connectionId);
    };
    const patience = watched.memoryHurriedAt + MEMORY_MS - clock.monotonic();
    const inMs = Math.max(patience, schedule.isRunning(connectionId) ? LOOK_AGAIN_MS : 0);
    if (inMs <= 0) atOnce();
    else watched.stopMemoryTimer = clock.after(inMs, atOnce);
  }

  #hurryForGood(connectionId: string, watched: Watched): void {
    const now = this.options.clock.monotonic();
    if (now - watched.hurriedForGoodAt < HURRY.firstMs) return;
    watched.hurriedForGoodAt = now;
    this.options.schedule.hurry(connectionId);
  }
}

const isConvicted = ({ convictedAt }: Watched): boolean => convictedAt !== null;

const REFUSED_TO_ALL =
  'The endpoint lists its models but refused the requests of several callers for several of them, and served nobody meanwhile.';
const REFUSED_HINT = 'Check the key: it may have been withdrawn, or may read the list alone.';

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
