import { isMet, type Row } from './measure.js';

/** The table as Markdown, so that it can be put into docs/performance.md as it is. */
export function printTable(rows: readonly Row[]): void {
  const cells = [
    ['claim', 'ours', 'against', 'compared (rounds)', 'goal', 'met'],
    ...rows.map((row) => [
      row.claim,
      `${round(row.ours)} ${row.unit}`,
      row.goal.as === 'value' ? row.against : `${round(row.theirs)} ${row.unit}: ${row.against}`,
      compared(row),
      goal(row),
      isMet(row) ? 'yes' : '**no**',
    ]),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((line) => line[column]!.length)));
  const [head, ...lines] = cells.map((line) => `| ${line.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`);
  console.log([head, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...lines].join('\n'));
  for (const { claim, note } of rows) if (note !== undefined) console.log(`- ${claim}: ${note}`);
}

function compared({ compared: { median, least, most }, goal, unit }: Row): string {
  if (goal.as === 'value') return '–';
  const [sign, suffix] = goal.as === 'difference' ? ['+', ` ${unit}`] : ['', ' ×'];
  const range = least === most ? '' : ` (${round(least)}–${round(most)})`;
  return `${median < 0 ? '' : sign}${round(median)}${suffix}${range}`;
}

function goal({ goal: { is, value, as }, unit }: Row): string {
  const sign = is === 'at least' ? '≥' : '≤';
  return `${sign} ${as === 'difference' ? '+' : ''}${value}${as === undefined || as === 'ratio' ? ' ×' : ` ${unit}`}`;
}

const round = (value: number): string =>
  Number.isNaN(value) ? '–' : value.toLocaleString('en-US', { maximumSignificantDigits: value >= 1000 ? 4 : 3 });
