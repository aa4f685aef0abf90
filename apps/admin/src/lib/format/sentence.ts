/** The text with a full stop where nothing else ends it, so that another sentence can follow. */
export function sentence(text: string): string {
  return /[.!?…]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`;
}
