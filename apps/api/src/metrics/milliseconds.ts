/**
 * A number that is not negative with two digits behind the point: 12.3 as "12.30". By whole numbers, whose text is
 * known already: `toFixed` costs several times as much.
 */
export function formatMs(value: number): string {
  const hundredths = Math.round(value * 100);
  const rest = hundredths % 100;
  return `${String((hundredths - rest) / 100)}.${rest < 10 ? '0' : ''}${String(rest)}`;
}
