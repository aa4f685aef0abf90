const firstMs = 500;
const mostMs = 30_000;

/**
 * How long to wait before the given attempt (0 is the first): doubling from half a second to half a minute, each time
 * a random part between half and all of it, so that many browsers do not come back in the same instant.
 */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(mostMs, firstMs * 2 ** attempt);
  return ceiling / 2 + (ceiling / 2) * random();
}
