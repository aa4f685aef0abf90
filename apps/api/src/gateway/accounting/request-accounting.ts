import type { Actor } from '../../auth/actor.js';
import { Audience } from '../../models/audience.js';
import type { Outcome } from '../answers/answer-reader.js';
import { NO_TOKENS, type TokenCounts } from '../answers/token-counts.js';
import type { Forwarded } from '../forwarding/forwarded.js';
import type { RoutingTable } from '../routing/routing-table.js';
import type { GatewayMetrics } from './gateway-metrics.js';

/** Who wants to know what was asked of models. */
export interface UsageObserver {
  /** Cheap, synchronous, and never throws: it is called for every request. */
  record(request: {
    /** When it ended, in milliseconds since the epoch. */
    readonly at: number;
    readonly connectionId: string | null;
    readonly model: string | null;
    readonly userId: string;
    readonly tokenId: string | null;
    readonly outcome: Outcome | 'rejected';
    readonly tokens: TokenCounts;
    readonly firstByteMs: number | null;
    readonly totalMs: number;
  }): void;
}

interface Neighbours {
  readonly metrics: GatewayMetrics;
  readonly usage: UsageObserver;
  readonly table: RoutingTable;
}

/**
 * What a request asks for: something of a model, or only what there is: what has become of a response that was made
 * before, or what a model can do. That counts in no usage: tokens would be counted with each look at them.
 */
export type Purpose = 'MODEL' | 'LOOK';

/** Tells metrics and usage how requests end, whichever API they come by. */
export class RequestAccounts {
  constructor(private readonly neighbours: Neighbours) {}

  /** To be called when the request is read. */
  open(actor: Actor, purpose: Purpose): RequestAccount {
    return new RequestAccount(this.neighbours, actor, purpose);
  }
}

/** One request: how it ended is told once. */
export class RequestAccount {
  readonly #startedAt = performance.now();
  #model: string | null = null;

  constructor(
    private readonly neighbours: Neighbours,
    private readonly actor: Actor,
    private readonly purpose: Purpose,
  ) {}

  /**
   * The public name that the caller gave. Only one that is served, and that this caller may use, is kept: anybody could
   * fill the database with invented names, and find out names by looking at what became of them.
   */
  noteModel(name: string): void {
    const { table } = this.neighbours;
    this.#model = table.find(name) !== undefined && Audience.of(this.actor).allows(name) ? name : null;
  }

  ended(forwarded: Forwarded): void {
    const totalMs = performance.now() - this.#startedAt;
    const { connectionId, outcome, firstByteMs } = forwarded;
    const tokens = this.purpose === 'MODEL' ? forwarded.tokens : NO_TOKENS;
    this.neighbours.metrics.ended({ connectionId, outcome, tokens, firstByteMs }, totalMs / 1_000);
    this.#record(connectionId, outcome, tokens, firstByteMs, totalMs);
  }

  /** An error of ours was the answer. */
  rejected(): void {
    this.neighbours.metrics.rejected();
    const totalMs = performance.now() - this.#startedAt;
    this.#record(null, 'rejected', NO_TOKENS, null, totalMs);
  }

  #record(
    connectionId: string | null,
    outcome: Outcome | 'rejected',
    tokens: TokenCounts,
    firstByteMs: number | null,
    totalMs: number,
  ): void {
    const { actor, purpose } = this;
    if (purpose !== 'MODEL' || (actor.type !== 'person' && actor.type !== 'token')) return;
    const tokenId = actor.type === 'token' ? actor.tokenId : null;
    const { userId } = actor;
    const model = this.#model;
    const at = Date.now();
    // prettier-ignore
    this.neighbours.usage.record({
      at, connectionId, model, userId, tokenId, outcome, tokens, firstByteMs, totalMs,
    });
  }
}
