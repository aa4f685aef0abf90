import { ProviderError, type Problem, type ProblemCode } from '../provider.js';

/** How far a request came before it failed. ANSWER: the connection stood. */
export type OutboundPhase = 'ADDRESS' | 'CONNECT' | 'TLS' | 'ANSWER';

/** A request that got no usable HTTP answer. Its problem is fit for an administrator. */
export class OutboundError extends ProviderError {
  /** Where it was going, once that was known. */
  address: string | null = null;

  constructor(
    readonly phase: OutboundPhase,
    problem: Problem,
    options?: ErrorOptions,
  ) {
    super(problem, null, options);
    this.name = 'OutboundError';
  }
}

/** A problem without an HTTP status. */
export function problem(code: ProblemCode, message: string, hint: string | null = null): Problem {
  return { code, message, hint, httpStatus: null };
}

/** The `code` of a system, TLS or undici error, "" where it has none. */
export function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}
