/** Tokens as the endpoint counted them; null: it did not say. */
export interface TokenCounts {
  readonly input: number | null;
  readonly output: number | null;
}

export const NO_TOKENS: TokenCounts = { input: null, output: null };

/** `usage` of a whole answer or an event, in any of its forms; null where there is none. */
export function tokensOf(answer: Readonly<Record<string, unknown>>): TokenCounts | null {
  // Responses put it into the answer that the event is about, Groq beside it.
  const places = [answer['usage'], at(answer['response'], 'usage'), at(answer['x_groq'], 'usage')];
  for (const usage of places) {
    if (typeof usage !== 'object' || usage === null) continue;
    const input = count(usage, 'prompt_tokens') ?? count(usage, 'input_tokens');
    const output = count(usage, 'completion_tokens') ?? count(usage, 'output_tokens');
    if (input !== null || output !== null) return { input, output };
  }
  return null;
}

const at = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

function count(usage: object, name: string): number | null {
  const value = at(usage, name);
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
