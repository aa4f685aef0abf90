import type { Metric, Registry } from 'prom-client';
import { LabelTree } from './label-tree.js';

// Counters and histograms for what is counted with every request. prom-client sorts, checks and joins the labels of
// each observation by their names, which costs more than the rest of what a request is told about; here labels come in
// their order. Everything else is prom-client's: the registry, the format, and every metric that is counted now and
// then.

interface About {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly registry: Registry;
}

interface Sample {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

abstract class Tally<State> {
  readonly name: string;
  readonly help: string;
  readonly #labelNames: readonly string[];
  /** By the values of the labels. */
  readonly #states = new LabelTree<State>();

  constructor(
    { name, help, labelNames, registry }: About,
    private readonly type: 'counter' | 'histogram',
  ) {
    this.name = name;
    this.help = help;
    this.#labelNames = labelNames;
    // What a registry asks of a metric is its name and `get`.
    registry.registerMetric(this as unknown as Metric);
  }

  /** What a registry writes down. */
  async get() {
    const { name, help, type } = this;
    const values = [...this.#states.entries()].flatMap(([path, state]) => {
      const labels = Object.fromEntries(this.#labelNames.map((label, index) => [label, String(path[index] ?? '')]));
      return this.samples(state, labels);
    });
    return { name, help, type, values, aggregator: 'sum' as const };
  }

  /** Forgets everything under that value of the first label. */
  forget(first: string): void {
    for (const [path] of [...this.#states.entries()]) if (path[0] === first) this.#states.delete(path);
  }

  protected abstract begin(): State;
  protected abstract samples(state: State, labels: Readonly<Record<string, string>>): readonly Sample[];

  /** Labels whose values go without bound would go without bound here. */
  protected stateOf(values: readonly string[]): State {
    let state = this.#states.get(values);
    if (state === undefined) {
      state = this.begin();
      this.#states.set(values, state);
    }
    return state;
  }
}

export class LabelledCounter extends Tally<{ value: number }> {
  constructor(about: About) {
    super(about, 'counter');
  }

  /** `values` of the labels in their order. */
  inc(values: readonly string[], by = 1): void {
    this.stateOf(values).value += by;
  }

  protected begin() {
    return { value: 0 };
  }

  protected samples({ value }: { value: number }, labels: Readonly<Record<string, string>>): readonly Sample[] {
    return [{ labels, value }];
  }
}

interface Spread {
  /** Observations up to each bound that are over the one before. */
  readonly counts: number[];
  count: number;
  sum: number;
}

export class LabelledHistogram extends Tally<Spread> {
  readonly #buckets: readonly number[];

  /** `buckets` are upper bounds, rising; one without a bound is added. */
  constructor({ buckets, ...about }: About & { readonly buckets: readonly number[] }) {
    super(about, 'histogram');
    this.#buckets = buckets;
  }

  /** `values` of the labels in their order. */
  observe(values: readonly string[], observed: number): void {
    const state = this.stateOf(values);
    let bucket = 0;
    while (observed > (this.#buckets[bucket] ?? Infinity)) bucket += 1;
    if (bucket < this.#buckets.length) state.counts[bucket] = (state.counts[bucket] ?? 0) + 1;
    state.count += 1;
    state.sum += observed;
  }

  protected begin(): Spread {
    return { counts: this.#buckets.map(() => 0), count: 0, sum: 0 };
  }

  protected samples({ counts, count, sum }: Spread, labels: Readonly<Record<string, string>>): readonly Sample[] {
    let below = 0;
    const buckets = counts.map((own, index) => {
      below += own;
      return { metricName: `${this.name}_bucket`, labels: { ...labels, le: this.#buckets[index] ?? 0 }, value: below };
    });
    return [
      ...buckets,
      { metricName: `${this.name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count },
      { metricName: `${this.name}_sum`, labels, value: sum },
      { metricName: `${this.name}_count`, labels, value: count },
    ];
  }
}
