/** Tokens as the endpoint counted them; null: it did not say. */
export interface TokenCounts {
  readonly input: number | null;
  readonly output: number | null;
}

export const NO_TOKENS: TokenCounts = { input: null, output: null };

/** `usage` of a whole answer or an event, in any of its forms; null where there is none. */
export function tokensOf(answer: Readonly<Record<string, unknown>>): TokenCounts | null {
  // Responses put it into the answer that the event is about, Groq beside it.
  return (
    countsIn(answer['usage']) ?? countsIn(at(answer['response'], 'usage')) ?? countsIn(at(answer['x_groq'], 'usage'))
  );
}

/** The counts of a `usage`; null where it has none. */
export function countsIn(usage: unknown): TokenCounts | null {
  if (typeof usage !== 'object' || usage === null) return null;
  const input = count(usage, 'prompt_tokens') ?? count(usage, 'input_tokens');
  const output = count(usage, 'completion_tokens') ?? count(usage, 'output_tokens');
  return input === null && output === null ? null : { input, output };
}

const at = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

function count(usage: object, name: string): number | null {
  const value = at(usage, name);
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
