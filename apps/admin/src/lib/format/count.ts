const numbers = new Intl.NumberFormat('en');

/** A number with its noun: "1 model", "1,204 models". */
export function formatCount(count: number, noun: string): string {
  return `${numbers.format(count)} ${noun}${count === 1 ? '' : 's'}`;
}
