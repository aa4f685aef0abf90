import type { Connection } from '../../connections/connection.entity.js';
import type { ConnectionStatus } from '../../connections/connection.types.js';
import { poolsByName } from '../../models/served/served-models.js';
import type { Secret } from '../../secrets/secret.entity.js';

/** A connection that requests may go to. */
export interface Server {
  readonly connection: Connection;
  readonly status: ConnectionStatus;
  /** As they are stored, sealed. */
  readonly secrets: readonly Secret[];
}

/** One endpoint that serves a name. */
export interface Candidate extends Server {
  readonly upstreamId: string;
  /** Of the model there, as JSON text; null: the endpoint does not say. */
  readonly file: string | null;
}

/** A name that requests may use, with everything that serves it in the pool that served it first. */
export interface Route {
  readonly name: string;
  readonly candidates: readonly Candidate[];
  /** Seconds since 1970: when the name was first seen. */
  readonly created: number;
  readonly ownedBy: string | null;
  /** Of each model behind the name, in no order. */
  readonly facts: readonly ModelFacts[];
}

/** What the catalogue knows of a model besides who serves it, as it is stored. Null: its endpoint does not say. */
export interface ModelFacts {
  /** JSON text: thousands of models are read at a start, and hardly one of them is asked for. */
  readonly statedCapabilities: string | null;
  /** What counts in its place. */
  readonly setCapabilities: string | null;
  readonly contextLength: number | null;
  readonly family: string | null;
  readonly parameterSize: string | null;
  readonly quantization: string | null;
  readonly sizeBytes: number | null;
  /** In the memory of an Ollama instance when it was last looked at. */
  readonly loaded: boolean | number | null;
  /** JSON text. */
  readonly file: string | null;
}

export interface RoutedModel extends ModelFacts {
  readonly id: string;
  readonly connectionId: string;
  readonly name: string;
  /** Since when it has this name: of two pools the earlier keeps it. */
  readonly namedAt: Date;
  readonly upstreamId: string;
  readonly ownedBy: string | null;
}

interface Name {
  readonly models: Set<RoutedModel>;
  /** Null: to be made when it is asked for. */
  route: Route | null;
}

/**
 * Who serves what. It is changed a connection at a time, and a change costs what that connection has: with fifty
 * thousand models, making all of it anew for every change of a status would leave time for nothing else.
 */
export class RoutingTable {
  readonly #servers = new Map<string, Server>();
  readonly #models = new Map<string, readonly RoutedModel[]>();
  readonly #names = new Map<string, Name>();
  /** In byte order; null: to be sorted when they are asked for. */
  #sorted: readonly string[] | null = [];
  #version = 0;

  /** Another one after each change of names, or of who made what is behind them. */
  get version(): number {
    return this.#version;
  }

  /** Every name, in byte order. */
  get names(): readonly string[] {
    this.#sorted ??= [...this.#names.keys()].sort();
    return this.#sorted;
  }

  find(name: string): Route | undefined {
    const entry = this.#names.get(name);
    if (entry === undefined) return undefined;
    entry.route ??= this.#toRoute(name, [...entry.models]);
    return entry.route;
  }

  /** Every enabled connection. */
  get servers(): Iterable<Server> {
    return this.#servers.values();
  }

  /** The connection of that id, while it is enabled. */
  server(connectionId: string): Server | undefined {
    return this.#servers.get(connectionId);
  }

  /** Adds the connection or takes its place. Models null: those it has. */
  put(server: Server, models: readonly RoutedModel[] | null): void {
    const { id } = server.connection;
    this.#servers.set(id, server);
    if (models === null) {
      for (const { name } of this.#models.get(id) ?? []) this.#change(name);
      return;
    }
    this.#dropModels(id);
    this.#version += 1;
    this.#models.set(id, models);
    for (const model of models) this.#change(model.name).models.add(model);
  }

  remove(connectionId: string): void {
    this.#dropModels(connectionId);
    this.#version += 1;
    this.#servers.delete(connectionId);
  }

  #dropModels(connectionId: string): void {
    for (const model of this.#models.get(connectionId) ?? []) {
      const entry = this.#change(model.name);
      entry.models.delete(model);
      if (entry.models.size > 0) continue;
      this.#names.delete(model.name);
      this.#sorted = null;
    }
    this.#models.delete(connectionId);
  }

  #change(name: string): Name {
    let entry = this.#names.get(name);
    if (entry === undefined) {
      entry = { models: new Set(), route: null };
      this.#names.set(name, entry);
      this.#sorted = null;
    }
    entry.route = null;
    return entry;
  }

  #toRoute(name: string, models: readonly RoutedModel[]): Route {
    const all = models.flatMap((model) => {
      const server = this.#servers.get(model.connectionId);
      return server === undefined ? [] : [{ ...model, server, pool: server.connection.pool }];
    });
    const pool = poolsByName(all).get(name);
    const served = all.filter((model) => model.pool === pool);
    const first = served.reduce((a, b) => (b.namedAt.getTime() < a.namedAt.getTime() ? b : a));
    return {
      name,
      candidates: served.map(({ server, upstreamId, file }) => ({ ...server, upstreamId, file })),
      created: Math.floor(first.namedAt.getTime() / 1000),
      ownedBy: first.ownedBy,
      facts: served,
    };
  }
}

export const isHealthy = (candidate: Candidate): boolean =>
  candidate.status === 'ONLINE' || candidate.status === 'DEGRADED' || candidate.status === 'UNKNOWN';
