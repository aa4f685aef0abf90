import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { silentLogger } from '../../../test/support/accounts.js';
import { admin, discovered, openWorkspace, type Workspace } from '../../../test/support/workspace.js';
import { systemClock } from '../../clock.js';
import { connectionChanged } from '../../connections/connection-events.js';
import { ConnectionHealth } from '../../connections/health/connection-health.entity.js';
import { EventTail } from '../../events/event-tail.js';
import { Model } from '../../models/model.entity.js';
import { RoutingService } from './routing.service.js';

let workspace: Workspace;
let tail: EventTail;
let routing: RoutingService;

beforeEach(async () => {
  workspace = await openWorkspace();
  const { database, events, doorbell } = workspace;
  tail = new EventTail({ events, doorbell, clock: systemClock, logger: silentLogger() });
  await tail.start();
  routing = new RoutingService({ database, tail, logger: silentLogger() });
});

afterEach(async () => {
  await routing.stop();
  await tail.stop();
  await workspace.close();
});

const names = () => [...routing.table.names];
const serversOf = (name: string) => routing.table.find(name)?.candidates.map(({ connection }) => connection.id) ?? [];

async function eventually(look: () => unknown, wanted: unknown): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (JSON.stringify(look()) !== JSON.stringify(wanted) && Date.now() < deadline) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(look()).toEqual(wanted);
}

describe('the routing table', () => {
  it('holds what was stored before the start, in byte order', async () => {
    const connection = await workspace.link({ url: 'http://one:1' });
    await workspace.discover(connection, [discovered('b'), discovered('a'), discovered('B')]);
    await routing.start();
    expect(names()).toEqual(['B', 'a', 'b']);
    expect(serversOf('a')).toEqual([connection.id]);
    expect(routing.table.find('c')).toBeUndefined();
  });

  it('follows what is discovered, switched and removed', async () => {
    await routing.start();
    const one = await workspace.link({ url: 'http://one:1' });
    const two = await workspace.link({ url: 'http://two:1' });
    await workspace.discover(one, [discovered('m'), discovered('own')]);
    await workspace.discover(two, [discovered('m')]);
    await eventually(names, ['m', 'own']);
    await eventually(() => serversOf('m').sort(), [one.id, two.id].sort());

    await workspace.discover(one, [discovered('m')]);
    await eventually(names, ['m']);
    await workspace.connections.toggle(admin(), one.id);
    await eventually(() => serversOf('m'), [two.id]);
    await workspace.connections.toggle(admin(), one.id);
    await eventually(() => serversOf('m').length, 2);
    await workspace.removal.remove(admin(), two.id);
    await eventually(() => serversOf('m'), [one.id]);
    await workspace.removal.remove(admin(), one.id);
    await eventually(names, []);
  });

  it('gives a name to the pool that had it first, and to the next one when that is gone', async () => {
    const first = await workspace.link({ url: 'http://one:1' });
    await workspace.discover(first, [discovered('m')]);
    const blue = await workspace.link({ url: 'http://two:1', pool: 'blue' });
    await workspace.discover(blue, [discovered('m')]);
    await routing.start();
    expect(serversOf('m')).toEqual([first.id]);
    await workspace.connections.toggle(admin(), first.id);
    await eventually(() => serversOf('m'), [blue.id]);
  });

  it('has the sealed key of each connection at hand, also of one that was replaced', async () => {
    await routing.start();
    const connection = await workspace.link({ url: 'http://one:1', apiKey: 'sk-first-0123456789' });
    await workspace.discover(connection, [discovered('m')]);
    const key = (): string | null => {
      const candidate = routing.table.find('m')?.candidates[0];
      if (candidate === undefined) return null;
      const opened = workspace.opener.openWith(candidate.connection, candidate.secrets);
      return 'endpoint' in opened ? opened.endpoint.apiKey : null;
    };
    await eventually(key, 'sk-first-0123456789');
    await workspace.connections.update(admin(), connection.id, { apiKey: 'sk-second-0123456789' });
    await eventually(key, 'sk-second-0123456789');
  });

  it('reads no model again when only the status of a connection changed', async () => {
    const connection = await workspace.link({ url: 'http://one:1' });
    await workspace.discover(connection, [discovered('m')]);
    await routing.start();
    const [before] = routing.table.find('m')?.candidates ?? [];
    const { read } = workspace.database;
    const build = read.createQueryBuilder.bind(read);
    let looks = 0;
    read.createQueryBuilder = ((...given: Parameters<typeof build>) => {
      if ((given[0] as unknown) === Model) looks += 1;
      return build(...given);
    }) as typeof read.createQueryBuilder;
    const health = await workspace.health(connection.id);
    await workspace.database.write(async (write) => {
      await write.manager.update(ConnectionHealth, { connectionId: connection.id }, { status: 'OFFLINE' });
      const more = { cause: 'OBSERVED', previous: health!.status, modelCount: 1 } as const;
      write.event(connectionChanged(connection, { ...health!, status: 'OFFLINE' }, more));
    });
    await eventually(() => routing.table.find('m')?.candidates[0]?.status, 'OFFLINE');
    read.createQueryBuilder = build;
    expect(before?.status).toBe('UNKNOWN');
    expect(looks).toBe(0);
  });
});
