import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openTestDatabase, type TestDatabase } from '../../test/support/database.js';
import { thingChanged } from '../../test/support/thing-event.js';
import { systemClock } from '../clock.js';
import { createLogger } from '../log/logger.js';
import { catalogueChanged } from '../models/discovery/catalogue-event.js';
import { EventTail } from './event-tail.js';
import { Event } from './event.entity.js';

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
    write.event(thingChanged());
  });

describe('EventTail', () => {
  it('tells who listens by name the events of that name, with the connection as part of what they say', async () => {
    const heard: string[] = [];
    tail.on('catalogue.changed', (events) => heard.push(...events.map(({ payload }) => payload.connectionId)));
    const things = new Promise((resolve) => {
      tail.on('thing.changed', (events) => resolve(events.map(({ type, payload }) => [type, payload])));
    });
    await test.database.write(async (write) => {
      write.event(catalogueChanged('c1', { added: ['m1'] })!);
      write.event(thingChanged('a lamp'));
    });
    expect(await things).toEqual([['thing.changed', { thing: 'a lamp' }]]);
    expect(heard).toEqual(['c1']);
    expect(await test.database.read.find(Event, { order: { seq: 'ASC' } })).toMatchObject([
      { connectionId: 'c1', payload: { added: ['m1'] } },
      { connectionId: null, payload: { thing: 'a lamp' } },
    ]);
  });

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
