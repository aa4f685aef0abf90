import { describe, expect, it } from '@jest/globals';
import { createLogger, lineWriter } from './logger.js';

function logInto(lines: string[], level = 'info') {
  return createLogger({ level, destination: { write: (line: string) => void lines.push(line) } });
}

const withoutTime = (line: string | undefined) => line?.replace(/"time":"[^"]+"/, '"time":""');

describe('lineWriter', () => {
  it('writes the line that the logger would have written', () => {
    const lines: string[] = [];
    const logger = logInto(lines);
    const fields = { path: '/a "quoted" \n path', status: 200 };
    logger.info(fields, 'request');
    lineWriter(logger)('info', JSON.stringify(fields).slice(1, -1), 'request');
    expect(withoutTime(lines[1])).toBe(withoutTime(lines[0]));
    expect(Object.keys(JSON.parse(lines[1] ?? '') as object)).toEqual(['level', 'time', 'path', 'status', 'msg']);
  });

  it('keeps to the level of the logger', () => {
    const lines: string[] = [];
    const writeLine = lineWriter(logInto(lines));
    writeLine('debug', '"path":"/healthz"', 'request');
    expect(lines).toEqual([]);
  });
});
