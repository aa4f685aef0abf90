import type { HeaderList, Json, Reply } from '../reply.js';
import type { Pacing } from './send.js';

/** Which requests a switch is about. `generation`: chat, completions, embeddings and their Ollama counterparts. */
export type Scope = 'all' | 'generation' | 'catalogue';

/** What the control reaches beyond its own switches. */
interface ControlTarget {
  down(): Promise<void>;
  up(): Promise<void>;
  setModels(ids: readonly string[] | null): void;
  setKey(key: string | null | undefined): void;
  /** Throws where there is no such exchange. */
  use(names: readonly string[]): void;
}

interface Override {
  readonly reply: Reply | 'unauthorized';
  readonly only: Scope;
  left: number;
}

/**
 * Changes an endpoint while it runs. Everything acts at once, on requests that come from then on, and stays until
 * `reset`. Where several would answer, the order is: down, hang, slow, answer or unauthorized, loading, and then the
 * profile; delays and cuts apply to whatever is answered.
 */
export class Control {
  private hanging: Scope | null = null;
  private released: Promise<void> = Promise.resolve();
  private release: () => void = () => undefined;
  private slowMs = 0;
  private slowOnly: Scope = 'all';
  private override: Override | null = null;
  private loadingUntil = 0;
  private firstByteMs = 0;
  private chunkMs = 0;
  private cut: Pacing['cut'] = null;

  constructor(private readonly target: ControlTarget) {}

  /** Stops listening and resets every connection. An endpoint of many on one port resets its requests instead. */
  async down(): Promise<void> {
    await this.target.down();
  }

  /** Listens again, on the same port. */
  async up(): Promise<void> {
    await this.target.up();
  }

  /** Requests are accepted and not answered. Those still waiting are answered after `reset`. */
  hang(only: Scope = 'all'): void {
    this.release();
    this.hanging = only;
    this.released = new Promise((resolve) => (this.release = resolve));
  }

  /** Answers with this; `times` (default: until reset) counts them. A string is sent as text, the rest as JSON. */
  answer(
    status: number,
    body?: Json,
    headers: HeaderList | Readonly<Record<string, string>> = [],
    { only = 'all', times = Infinity }: { readonly only?: Scope; readonly times?: number } = {},
  ): void {
    const list: HeaderList = Array.isArray(headers) ? (headers as HeaderList) : Object.entries(headers);
    const content = typeof body === 'string' ? { text: body } : body === undefined ? {} : { json: body };
    this.override = { reply: { status, headers: list, ...content }, only, left: times };
  }

  /** Refuses as the server does when the key is wrong. */
  unauthorized(only: Scope = 'all'): void {
    this.override = { reply: 'unauthorized', only, left: Infinity };
  }

  /** 503 on every route, as a server that still reads its model; for so long, or until `reset`. */
  loading(forMs = Infinity): void {
    this.loadingUntil = Date.now() + forMs;
  }

  /** Delays every answer. */
  slow(ms: number, only: Scope = 'all'): void {
    this.slowMs = ms;
    this.slowOnly = only;
  }

  /** Delays the first byte of every body; its head is sent at once. */
  delayFirstByte(ms: number): void {
    this.firstByteMs = ms;
  }

  /** Delays every further chunk of a stream. */
  chunkDelay(ms: number): void {
    this.chunkMs = ms;
  }

  /** Ends streams early: by a reset, or like a complete answer, which it is not. */
  cutStream({ afterChunks, how }: { readonly afterChunks: number; readonly how: 'reset' | 'clean-end' }): void {
    this.cut = { afterChunks, how };
  }

  setModels(ids: readonly string[]): void {
    this.target.setModels(ids);
  }

  /** Demands another key, or with null none. */
  setKey(key: string | null): void {
    this.target.setKey(key);
  }

  /** Prefers these recorded exchanges wherever several were recorded for a request. */
  use(...recordedNames: readonly string[]): void {
    this.target.use(recordedNames);
  }

  /** As it was started. */
  async reset(): Promise<void> {
    this.hanging = null;
    this.release();
    this.slowMs = 0;
    this.override = null;
    this.loadingUntil = 0;
    this.firstByteMs = 0;
    this.chunkMs = 0;
    this.cut = null;
    this.target.setModels(null);
    this.target.setKey(undefined);
    this.target.use([]);
    await this.target.up();
  }

  /** Used by the endpoint: settles when a request may be answered. */
  async gate(isGeneration: boolean): Promise<void> {
    while (this.hanging !== null && covers(this.hanging, isGeneration)) await this.released;
  }

  /** Used by the endpoint: how long to wait before an answer. */
  delayMs(isGeneration: boolean): number {
    return covers(this.slowOnly, isGeneration) ? this.slowMs : 0;
  }

  /** Used by the endpoint: what is answered in place of the profile's own answer. */
  takeOverride(isGeneration: boolean): Reply | 'unauthorized' | 'loading' | null {
    const { override } = this;
    if (override !== null && override.left > 0 && covers(override.only, isGeneration)) {
      override.left -= 1;
      return override.reply;
    }
    return Date.now() < this.loadingUntil ? 'loading' : null;
  }

  /** Used by the endpoint. */
  get pacing(): Pacing {
    return { firstByteMs: this.firstByteMs, chunkMs: this.chunkMs, cut: this.cut };
  }
}

function covers(scope: Scope, isGeneration: boolean): boolean {
  return scope === 'all' || (scope === 'generation') === isGeneration;
}
