import { Gauge, type Registry } from 'prom-client';
import { LabelledCounter, LabelledHistogram } from '../../metrics/labelled-counter.js';
import type { Forwarded } from '../forwarding/forwarded.js';
import type { EndpointLoad } from '../routing/endpoint-load.js';
import type { RoutingTable } from '../routing/routing-table.js';

/** Seconds. A model may think for minutes. */
const BUCKETS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
/** In place of a connection's id where none answered. */
const NOBODY = 'none';
/** Of connections that were removed so many are known, while requests at them may still end. */
const REMOVED = 10_000;

type Ended = Pick<Forwarded, 'connectionId' | 'outcome' | 'tokens' | 'firstByteMs'>;

interface Sources {
  readonly registry: Registry;
  readonly table: RoutingTable;
  readonly load: EndpointLoad;
}

/** What Prometheus is told of the gateway. Connections are named by id: names change. */
export class GatewayMetrics {
  readonly #removed = new Set<string>();
  readonly #requests: LabelledCounter;
  readonly #tokens: LabelledCounter;
  readonly #firstByte: LabelledHistogram;
  readonly #duration: LabelledHistogram;

  constructor({ registry, table, load }: Sources) {
    const registers = [registry];
    this.#requests = new LabelledCounter({
      name: 'intrallm_gateway_requests_total',
      labelNames: ['connection', 'outcome'],
      registry,
      help: 'Requests to models by how they ended: complete, upstream-error, truncated, client-abort or rejected.',
    });
    this.#tokens = new LabelledCounter({
      name: 'intrallm_gateway_tokens_total',
      labelNames: ['connection', 'direction'],
      registry,
      help: 'Tokens that endpoints reported, in and out. Answers without a count are not in it.',
    });
    this.#firstByte = new LabelledHistogram({
      name: 'intrallm_gateway_first_byte_seconds',
      labelNames: [],
      buckets: BUCKETS,
      registry,
      help: 'Time from when a request was read to the first byte of its answer.',
    });
    this.#duration = new LabelledHistogram({
      name: 'intrallm_gateway_duration_seconds',
      labelNames: ['outcome'],
      buckets: BUCKETS,
      registry,
      help: 'Time from when a request was read to the last byte of its answer.',
    });
    new Gauge({
      name: 'intrallm_gateway_in_flight',
      labelNames: ['connection'],
      registers,
      help: 'Requests under way at each connection.',
      collect() {
        this.reset();
        for (const { connection } of table.servers) {
          const count = load.inFlight(connection.id);
          if (count > 0) this.set({ connection: connection.id }, count);
        }
      },
    });
    new Gauge({
      name: 'intrallm_connection_status',
      labelNames: ['connection', 'name', 'status'],
      registers,
      help: 'The status of each enabled connection, as a label of the value 1.',
      collect() {
        this.reset();
        for (const { connection, status } of table.servers) {
          this.set({ connection: connection.id, name: connection.name, status }, 1);
        }
      },
    });
  }

  /**
   * The connection was removed: its numbers are told no longer, for there is no end of connections that come and go.
   */
  remove(connectionId: string): void {
    this.#removed.add(connectionId);
    const [oldest] = this.#removed;
    if (this.#removed.size > REMOVED && oldest !== undefined) this.#removed.delete(oldest);
    for (const counter of [this.#requests, this.#tokens]) counter.forget(connectionId);
  }

  /** It may have been restored. */
  follow({ id }: { readonly id: string }): void {
    this.#removed.delete(id);
  }

  /** `seconds` from when the request was read. */
  ended({ connectionId, outcome, tokens, firstByteMs }: Ended, seconds: number): void {
    // A request that outlives its connection would bring its numbers back.
    const connection = connectionId === null || this.#removed.has(connectionId) ? NOBODY : connectionId;
    this.#requests.inc([connection, outcome]);
    this.#duration.observe([outcome], seconds);
    if (firstByteMs !== null) this.#firstByte.observe([], firstByteMs / 1_000);
    if (tokens.input !== null) this.#tokens.inc([connection, 'in'], tokens.input);
    if (tokens.output !== null) this.#tokens.inc([connection, 'out'], tokens.output);
  }

  /** An error of ours was the answer. */
  rejected(): void {
    this.#requests.inc([NOBODY, 'rejected']);
  }
}
