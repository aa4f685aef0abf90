import type { Connection } from '../connections/connection.entity.js';
import type { ConnectionStatus } from '../connections/connection.types.js';
import { poolsByName } from '../models/served-models.js';

/** One endpoint that serves a name. */
export interface Candidate {
  readonly connection: Connection;
  readonly status: ConnectionStatus;
  readonly upstreamId: string;
}

/** A name that requests may use, with everything that serves it in the pool that served it first. */
export interface Route {
  readonly name: string;
  readonly candidates: readonly Candidate[];
  /** Seconds since 1970: when the name was first seen. */
  readonly created: number;
  readonly ownedBy: string | null;
}

export interface RoutedModel {
  readonly id: string;
  readonly name: string;
  /** Since when it has this name: of two pools the earlier keeps it. */
  readonly namedAt: Date;
  readonly upstreamId: string;
  readonly ownedBy: string | null;
  readonly connection: Connection;
  readonly status: ConnectionStatus;
}

/** An immutable picture of who serves what; a new one replaces it when something changes. */
export class RoutingTable {
  readonly #routes: ReadonlyMap<string, Route>;

  constructor(models: readonly RoutedModel[]) {
    const pools = poolsByName(models.map((model) => ({ ...model, pool: model.connection.pool })));
    const served = models.filter((model) => pools.get(model.name) === model.connection.pool);
    this.#routes = new Map(Array.from(groupByName(served), toRoute));
  }

  /** Every name, in byte order. */
  get routes(): readonly Route[] {
    return [...this.#routes.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  find(name: string): Route | undefined {
    return this.#routes.get(name);
  }
}

/**
 * The candidates in the order in which they are to be tried: healthy ones first, by priority; among equals a draw by
 * weight. Those that are not healthy come last, and are there at all only because the last candidate is always tried.
 */
export function inOrder(candidates: readonly Candidate[], random: () => number = Math.random): Candidate[] {
  const drawn = candidates.map((candidate) => ({
    candidate,
    // Exponential draw: the smallest of these is candidate i with probability weight_i / sum of weights.
    draw: -Math.log(1 - random()) / Math.max(candidate.connection.weight, 0.001),
  }));
  drawn.sort(
    (a, b) =>
      Number(isHealthy(b.candidate)) - Number(isHealthy(a.candidate)) ||
      a.candidate.connection.priority - b.candidate.connection.priority ||
      a.draw - b.draw,
  );
  return drawn.map(({ candidate }) => candidate);
}

export const isHealthy = (candidate: Candidate): boolean =>
  candidate.status === 'ONLINE' || candidate.status === 'DEGRADED' || candidate.status === 'UNKNOWN';

function groupByName(models: readonly RoutedModel[]): Map<string, RoutedModel[]> {
  const groups = new Map<string, RoutedModel[]>();
  for (const model of models) {
    const group = groups.get(model.name);
    if (group === undefined) groups.set(model.name, [model]);
    else group.push(model);
  }
  return groups;
}

function toRoute([name, models]: [string, RoutedModel[]]): [string, Route] {
  const first = models.reduce((a, b) => (b.namedAt.getTime() < a.namedAt.getTime() ? b : a));
  const route: Route = {
    name,
    candidates: models.map(({ connection, status, upstreamId }) => ({ connection, status, upstreamId })),
    created: Math.floor(first.namedAt.getTime() / 1000),
    ownedBy: first.ownedBy,
  };
  return [name, route];
}
