/** What an error of an endpoint says, in any of the shapes that servers have for it; null where it says nothing. */
export function errorWords(value: unknown): string | null {
  if (typeof value === 'string') return value.trim() === '' ? null : value;
  if (Array.isArray(value)) return value.length === 0 ? null : errorWords(value[0] as unknown);
  if (typeof value !== 'object' || value === null) return null;
  const { error, message, detail, msg } = value as Readonly<Record<string, unknown>>;
  return errorWords(error) ?? errorWords(message) ?? errorWords(detail) ?? errorWords(msg);
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * What an answer or an event says that calls itself an error, whatever its status; null where it does not. `wordless`:
 * it says nothing.
 */
export function namedError(answer: Fields, wordless = 'The endpoint reported an error.'): string | null {
  const { error, object, type } = answer;
  const isError = (error !== undefined && error !== null) || object === 'error' || type === 'error';
  return isError ? (errorWords(answer) ?? wordless) : null;
}

/** The same of an answer in one piece: what has words in place of an answer is an error, whatever it calls itself. */
export const toldError = (answer: Fields): string | null =>
  namedError(answer) ?? ('choices' in answer || 'data' in answer ? null : errorWords(answer));
