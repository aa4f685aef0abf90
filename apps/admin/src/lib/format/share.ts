/** A share of 0..1 in per cent. It is cut, not rounded: what was down for a second is never "100%". */
export function formatShare(share: number): string {
  if (share >= 1) return '100%';
  return `${(Math.floor(share * 1000) / 10).toFixed(1)}%`;
}
