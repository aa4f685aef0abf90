import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openTestDatabase, type TestDatabase } from '../../test/support/database.js';
import { systemClock } from '../clock.js';
import { createLogger } from '../log/logger.js';
import { EventTail } from './event-tail.js';

let test: TestDatabase;
let tail: EventTail;
let lines: string[];
beforeEach(async () => {
  lines = [];
  test = await openTestDatabase();
  const logger = createLogger({ level: 'info', destination: { write: (line: string) => void lines.push(line) } });
  tail = new EventTail({ ...test, clock: systemClock, logger });
  await tail.start();
});
afterEach(async () => {
  await tail.stop();
  await test.close();
});

const announce = (): Promise<void> =>
  test.database.write(async (write) => {
    write.event({ type: 'thing.changed', connectionId: null, payload: {} });
  });

describe('EventTail', () => {
  it('tells all listeners of each event once, also behind one that throws, and logs that one', async () => {
    tail.subscribe(() => {
      throw new Error('a listener that throws');
    });
    const heard: number[] = [];
    const positions: number[] = [];
    for (let seq = 1; seq <= 3; seq += 1) {
      const told = new Promise<void>((resolve) => {
        const stop = tail.subscribe((events) => {
          heard.push(...events.map((event) => event.seq));
          positions.push(tail.position);
          stop();
          resolve();
        });
      });
      await announce();
      await told;
    }
    expect(heard).toEqual([1, 2, 3]);
    expect(positions).toEqual([1, 2, 3]);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject(
      heard.map((seq) => ({ level: 'error', msg: 'a listener to events failed', from: seq })),
    );
  });
});
