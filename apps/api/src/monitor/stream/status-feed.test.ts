import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openTestDatabase } from '../../../test/support/database.js';
import { turns } from '../../../test/support/manual-clock.js';
import { openMonitored, type Monitored } from '../../../test/support/monitored.js';
import { formatCursor } from './cursor.js';
import type { StatusEvent } from './status-event.js';
import { StatusFeed } from './status-feed.js';
import { MAX_WAITING, type Stream } from './subscriber.js';

let on: Monitored;
let feed: StatusFeed;

beforeEach(async () => {
  on = await openMonitored();
  const { database, events } = on.stored;
  feed = new StatusFeed({ database, events, tail: on.tail, clock: on.clock });
  await on.tail.start();
  await feed.start();
});

afterEach(async () => {
  feed.stop();
  await on.tail.stop();
  await on.stored.close();
});

async function take(stream: Stream<StatusEvent>, count: number): Promise<StatusEvent[]> {
  const events: StatusEvent[] = [];
  while (events.length < count) {
    const next = await stream.next();
    if (next.done === true) break;
    events.push(next.value);
  }
  return events;
}
const namesOf = (events: readonly StatusEvent[]): unknown[] =>
  events.map(({ kind, connectionName }) => [kind, connectionName]);
const rename = (id: string, name: string): Promise<void> => on.edit(id, { name });

describe('a subscription without a cursor', () => {
  it('tells a snapshot of each connection, a checkpoint, then every change', async () => {
    const a = await on.add({ name: 'a', tags: ['gpu'] });
    const b = await on.add({ name: 'b' });
    const stream = await feed.subscribe(null, null);
    const first = await take(stream, 3);
    expect(namesOf(first)).toEqual([
      ['SNAPSHOT', 'a'],
      ['SNAPSHOT', 'b'],
      ['CHECKPOINT', null],
    ]);
    expect(first[0]).toMatchObject({
      cursor: null,
      connectionId: a.id,
      status: 'UNKNOWN',
      previous: null,
      tags: ['gpu'],
      modelCount: 0,
    });
    await rename(a.id, 'a2');
    await on.remove(b.id);
    const [changed, removed] = await take(stream, 2);
    expect(changed).toMatchObject({ kind: 'CHANGED', connectionName: 'a2', status: 'UNKNOWN' });
    expect(removed).toMatchObject({ kind: 'REMOVED', connectionId: b.id, status: null, previous: 'ONLINE' });
    expect(await changed?.connection()).toMatchObject({ id: a.id, name: 'a2' });
    expect(await removed?.connection()).toBeNull();
    await stream.return();
  });

  it('tells a checkpoint also where there is no connection', async () => {
    const stream = await feed.subscribe(null, null);
    expect(namesOf(await take(stream, 1))).toEqual([['CHECKPOINT', null]]);
    await stream.return();
  });

  it('loses nothing that is committed while the snapshot is made', async () => {
    const { id } = await on.add({ name: 'before' });
    const stream = await feed.subscribe(null, null);
    const first = stream.next();
    const renaming = rename(id, 'meanwhile');
    const events = [(await first).value as StatusEvent, ...(await take(stream, 2))];
    await renaming;
    expect(events.map(({ connectionName }) => connectionName)).toContain('meanwhile');
    await stream.return();
  });
});

describe('a cursor', () => {
  it('resumes behind it: each change exactly once and in order, also while writes go on', async () => {
    const { id } = await on.add({ name: 'start' });
    const head = await feed.subscribe(null, null);
    const [, checkpoint] = await take(head, 2);
    await head.return();
    const names = Array.from({ length: 60 }, (_name, index) => `name ${index}`);
    for (const name of names.slice(0, 20)) await rename(id, name);
    let cursor = checkpoint?.cursor ?? '';
    const seen: unknown[] = [];
    const writing = (async () => {
      for (const name of names.slice(20)) {
        await rename(id, name);
        await turns(1);
      }
    })();
    while (seen.length < names.length) {
      // Comes and goes every few events, as a shaky network would have it.
      const stream = await feed.subscribe(null, cursor);
      for (const event of await take(stream, Math.min(7, names.length - seen.length))) {
        if (event.kind === 'CHECKPOINT') continue;
        seen.push(event.connectionName);
        cursor = event.cursor ?? cursor;
      }
      await stream.return();
    }
    await writing;
    expect(seen).toEqual(names);
  }, 60_000);

  it('that is malformed, foreign, of the future or too old has expired', async () => {
    const installation = await on.stored.events.installation();
    const now = on.clock.now();
    const other = await openTestDatabase();
    const foreign = formatCursor({ seq: 0, at: now }, await other.events.installation());
    await other.close();
    const bad = [
      '',
      'x',
      'ä'.repeat(50),
      'A'.repeat(5_000),
      foreign,
      formatCursor({ seq: 99_999, at: now }, installation),
      formatCursor({ seq: 0, at: now - 47.5 * 3_600_000 }, installation),
    ];
    for (const cursor of bad) {
      await expect(feed.subscribe(null, cursor)).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
    }
    const good = await feed.subscribe(null, formatCursor({ seq: 0, at: now - 25 * 3_600_000 }, installation));
    await good.return();
  });

  it('never ages on a subscriber who stays: a checkpoint comes at least every 60 s while all is quiet', async () => {
    const { id } = await on.add();
    const stream = await feed.subscribe(['somebody else'], null);
    expect(namesOf(await take(stream, 1))).toEqual([['CHECKPOINT', null]]);
    const next = stream.next();
    await rename(id, 'noise for others');
    await on.clock.advance(60_000);
    const event = (await next).value as StatusEvent;
    expect(event.kind).toBe('CHECKPOINT');
    const resumed = await feed.subscribe(null, event.cursor);
    await rename(id, 'after');
    expect(namesOf(await take(resumed, 1))).toEqual([['CHANGED', 'after']]);
    await resumed.return();
    await stream.return();
  });
});

describe('a subscriber', () => {
  it('of some connections hears of these only, of none with []', async () => {
    const a = await on.add({ name: 'a' });
    const b = await on.add({ name: 'b' });
    const some = await feed.subscribe([b.id], null);
    const none = await feed.subscribe([], null);
    expect(namesOf(await take(some, 2))).toEqual([
      ['SNAPSHOT', 'b'],
      ['CHECKPOINT', null],
    ]);
    expect(namesOf(await take(none, 1))).toEqual([['CHECKPOINT', null]]);
    await rename(a.id, 'a2');
    await rename(b.id, 'b2');
    expect(namesOf(await take(some, 1))).toEqual([['CHANGED', 'b2']]);
    await some.return();
    await none.return();
  });

  it('that does not read is ended with OVERLOADED, and holds up nobody', async () => {
    await on.add({ name: 'a' });
    const [added] = await on.stored.events.readAfter(0, 1, ['connection.changed']);
    const slow = await feed.subscribe(null, null);
    await take(slow, 2);
    await on.stored.database.write(async (write) => {
      for (let event = 0; event <= MAX_WAITING; event += 1) {
        write.event({ type: 'connection.changed', payload: { ...added!.payload, name: String(event) } });
      }
      return Promise.resolve();
    });
    await on.settle();
    await expect(slow.next()).rejects.toMatchObject({ code: 'OVERLOADED' });
    expect(feed.size).toBe(0);
  });

  it('that goes away while nothing happens is let go at once', async () => {
    const stream = await feed.subscribe(null, null);
    await take(stream, 1);
    const pending = stream.next();
    await turns();
    expect(feed.size).toBe(1);
    await stream.return();
    expect(feed.size).toBe(0);
    await expect(pending).resolves.toMatchObject({ done: true });
  });

  it('shares event, cursor and connection with all others: 1,000 cost the database one look at it', async () => {
    const { id } = await on.add({ name: 'a' });
    const streams = await Promise.all(Array.from({ length: 1_000 }, () => feed.subscribe(null, null)));
    for (const stream of streams) await take(stream, 2);
    const { read } = on.stored.database;
    let looks = 0;
    const original = read.findBy.bind(read);
    read.findBy = ((...args: Parameters<typeof original>) => {
      looks += 1;
      return original(...args);
    }) as typeof read.findBy;
    await rename(id, 'b');
    const events = await Promise.all(streams.map(async (stream) => (await take(stream, 1))[0]));
    await Promise.all(events.map(async (event) => event?.connection()));
    read.findBy = original;
    expect(new Set(events).size).toBe(1);
    expect(looks).toBe(1);
    for (const stream of streams) await stream.return();
  });
});

describe('statuses on demand', () => {
  it('are snapshots of all, of some, of none, or of a tag', async () => {
    const a = await on.add({ name: 'a', tags: ['gpu'] });
    await on.add({ name: 'b' });
    const of = async (filter: Parameters<StatusFeed['snapshot']>[0]) => namesOf(await feed.snapshot(filter));
    expect(await of({ ids: null, tag: null })).toEqual([
      ['SNAPSHOT', 'a'],
      ['SNAPSHOT', 'b'],
    ]);
    expect(await of({ ids: [a.id], tag: null })).toEqual([['SNAPSHOT', 'a']]);
    expect(await of({ ids: [], tag: null })).toEqual([]);
    expect(await of({ ids: null, tag: 'gpu' })).toEqual([['SNAPSHOT', 'a']]);
  });
});
