import {
  ENDPOINT_KINDS,
  type Check,
  type CheckOptions,
  type CheckStatus,
  type DiscoveredModel,
  type Endpoint,
  type EndpointKind,
  type Problem,
  type ProblemCode,
  type Provider,
} from '@intrallm/providers';

const problem = (code: ProblemCode): Problem => ({
  code,
  message: `The endpoint: ${code}.`,
  hint: null,
  httpStatus: null,
});

export const discovered = (upstreamId: string): DiscoveredModel => ({
  upstreamId,
  ownedBy: null,
  capabilities: null,
  contextLength: null,
  family: null,
  parameterSize: null,
  quantization: null,
  sizeBytes: null,
  loaded: null,
  declared: false,
});

/** A check's answer; ONLINE within 50 ms unless said otherwise. */
export function check(more: Partial<Check> = {}): Check {
  return {
    status: 'ONLINE',
    latencyMs: 50,
    stages: [],
    problem: null,
    models: [],
    serverVersion: null,
    retryAfterMs: null,
    ...more,
  };
}

export function failed(
  code: ProblemCode = 'CONNECTION_REFUSED',
  status: CheckStatus = 'OFFLINE',
  more: Partial<Check> = {},
): Check {
  return check({ status, latencyMs: null, models: null, problem: problem(code), ...more });
}

type Answer = Check | 'hang' | ((endpoint: Endpoint, options: CheckOptions) => Promise<Check>);

/** One adapter for endpoints of every kind. */
export const forEveryKind = (provider: Provider): Record<EndpointKind, Provider> =>
  Object.fromEntries(ENDPOINT_KINDS.map((kind) => [kind, provider])) as Record<EndpointKind, Provider>;

/** An adapter that answers what the test says, by URL. It counts and remembers what it was asked. */
export class FakeProvider implements Provider {
  readonly asked: string[] = [];
  readonly #answers = new Map<string, Answer>();
  running = 0;
  mostRunning = 0;
  /** Answers what has no answer of its own. */
  usual: Answer = check();

  answer(url: string, answer: Answer): void {
    this.#answers.set(url, answer);
  }

  countOf(url: string): number {
    return this.asked.filter((asked) => asked === url).length;
  }

  async check(endpoint: Endpoint, options: CheckOptions = {}): Promise<Check> {
    this.asked.push(endpoint.url);
    this.running += 1;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    try {
      const answer = this.#answers.get(endpoint.url) ?? this.usual;
      if (answer === 'hang') return await new Promise((_resolve, reject) => rejectOnAbort(options.signal, reject));
      return typeof answer === 'function' ? await answer(endpoint, options) : answer;
    } finally {
      this.running -= 1;
    }
  }
}

function rejectOnAbort(signal: AbortSignal | undefined, reject: (reason: unknown) => void): void {
  signal?.addEventListener('abort', () => {
    reject(signal.reason);
  });
}
