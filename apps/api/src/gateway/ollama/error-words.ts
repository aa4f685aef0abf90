/** What an error of an endpoint says, in any of the shapes that servers have for it; null where it says nothing. */
export function errorWords(value: unknown): string | null {
  if (typeof value === 'string') return value.trim() === '' ? null : value;
  if (Array.isArray(value)) return value.length === 0 ? null : errorWords(value[0] as unknown);
  if (typeof value !== 'object' || value === null) return null;
  const { error, message, detail, msg } = value as Readonly<Record<string, unknown>>;
  return errorWords(error) ?? errorWords(message) ?? errorWords(detail) ?? errorWords(msg);
}
