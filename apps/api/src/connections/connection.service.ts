import { randomUUID } from 'node:crypto';
import { IsNull } from 'typeorm';
import { auditActor, type Actor } from '../auth/actor.js';
import type { Database } from '../database/database.js';
import type { Write } from '../database/write.js';
import { forbidden, notFound } from '../errors.js';
import type { Versions } from '../events/versions.js';
import { InputCheck } from '../lib/input-check.js';
import type { Vault } from '../secrets/vault.js';
import type { ConnectionCatalogue } from './catalogue-port.js';
import { announce, connectionChanged, type ChangeCause } from './connection-events.js';
import { listConnections, type ConnectionFilter } from './connection-list.js';
import { chooseName, defaultNameOf, givenName, nameKeyOf } from './connection-name.js';
import {
  lockConnection,
  newConnection,
  refuseManaged,
  refuseStale,
  saveConnection,
  saveHealth,
  targetOf,
  writeNamed,
} from './connection-store.js';
import { Connection } from './connection.entity.js';
import type { ConnectionStatus } from './connection.types.js';
import { originOf } from './endpoint/endpoint-place.js';
import { API_KEY_SLOT, planEndpoint, type EndpointPlan } from './endpoint/endpoint-plan.js';
import { type ConnectionHealth } from './health/connection-health.entity.js';
import { editedHealth, switchedHealth, unknownHealth } from './health/health-transition.js';
import { changesBetween, secretChanges } from './settings/connection-changes.js';
import {
  checkSettings,
  required,
  withoutNulls,
  type AddConnection,
  type UpdateConnection,
} from './settings/connection-settings.js';
import { headerSlots } from './settings/header-input.js';

export interface ConnectionServiceOptions {
  readonly database: Database;
  readonly vault: Vault;
  readonly versions: Versions;
  readonly catalogue: ConnectionCatalogue;
}

/** Reads and configures connections. Fields of bad input are named below `path`, such as "input.url". */
export class ConnectionService {
  constructor(private readonly options: ConnectionServiceOptions) {}

  /** All that match and are not removed: by kind in the order of ENDPOINT_KINDS, then by priority, then by name. */
  async list(filter: ConnectionFilter = {}): Promise<Connection[]> {
    return listConnections(this.options.database.read, filter);
  }

  /** Null for one that does not exist or was removed. */
  async find(id: string): Promise<Connection | null> {
    return this.options.database.read.findOneBy(Connection, { id, removedAt: IsNull() });
  }

  /** Throws NOT_FOUND for one that does not exist or was removed. */
  async get(id: string): Promise<Connection> {
    const connection = await this.find(id);
    if (connection === null) throw notFound('This connection');
    return connection;
  }

  /** Links an endpoint. It is stored whether it answers or not; its first check is due at once. */
  async add(actor: Actor, given: AddConnection, path = ''): Promise<Connection> {
    const input = withoutNulls(given);
    const check = new InputCheck(path);
    const plan = planEndpoint(check, input, input.kind, null);
    const settings = checkSettings(check, input);
    const name = givenName(check, input.name);
    check.finish();
    return writeNamed(this.options.database, async (write) => {
      const id = randomUUID();
      const chosen = await chooseName(write, { given: name, url: plan.url, id, field: check.pathOf('name') });
      const connection = newConnection(write.now, {
        ...settings,
        ...endpointOf(plan),
        id,
        kind: input.kind,
        name: chosen,
        nameIsDefault: name === null,
        enabled: input.enabled ?? true,
      });
      const health = unknownHealth(connection, write.now);
      await write.manager.insert(Connection, { ...connection });
      await saveHealth(write, health);
      await this.#seal(write, connection, plan);
      await this.options.catalogue.reconfigure(write, connection);
      const changes = [...changesBetween(null, connection), ...secretChanges([], plan.sealed.keys(), [])];
      write.audit({ action: 'connection.added', actor: auditActor(actor), target: targetOf(connection), changes });
      await this.#announce(write, connection, health, { cause: 'ADDED', previous: null });
      return connection;
    });
  }

  /**
   * Changes what the input names and leaves the rest. Throws NOT_FOUND, MANAGED, CONFLICT (stale version, name taken),
   * BAD_USER_INPUT, or SECRET_REQUIRED where a stored secret would have to follow to another place.
   */
  async update(actor: Actor, id: string, input: UpdateConnection, path = ''): Promise<Connection> {
    refusePartLists(actor, input);
    return writeNamed(this.options.database, async (write) => {
      const { connection: before, health } = await lockConnection(write, id);
      refuseManaged(before);
      refuseStale(before, input.version);
      const check = new InputCheck(path);
      const plan = planEndpoint(check, input, before.kind, before);
      const settings = checkSettings(check, input);
      const name = input.name === undefined && !before.nameIsDefault ? before.name : givenName(check, input.name);
      const enabled = required(check, 'enabled', input.enabled === undefined ? before.enabled : input.enabled, false);
      check.finish();
      const after: Connection = { ...before, ...settings, ...endpointOf(plan), enabled };
      await this.#rename(write, before, after, { given: name, field: check.pathOf('name') });

      const stored = storedSlots(before);
      const secrets = secretChanges(stored, plan.sealed.keys(), plan.dropped);
      const changes = [...changesBetween(before, after), ...secrets];
      if (changes.length === 0) return before;
      const isOtherEndpoint = secrets.length > 0 || changes.some(({ field }) => ENDPOINT_FIELDS.has(field));
      after.version += 1;
      after.endpointRevision += isOtherEndpoint ? 1 : 0;
      after.updatedAt = write.now;
      const newHealth = editedHealth(health, before, after, { isMove: plan.isMove, now: write.now });
      await saveConnection(write, after);
      if (newHealth !== health) await saveHealth(write, newHealth);
      await this.options.vault.remove(write.manager, id, plan.dropped);
      await this.#seal(write, after, plan);
      if (plan.isMove) await this.options.catalogue.move(write, after);
      await this.options.catalogue.reconfigure(write, after);
      if (before.enabled !== after.enabled) {
        await this.options.catalogue.announce(write, after, after.enabled ? 'SHOWN' : 'HIDDEN');
      }
      write.audit({ action: 'connection.updated', actor: auditActor(actor), target: targetOf(after), changes });
      await this.#announce(write, after, newHealth, { cause: 'EDITED', previous: health.status });
      return after;
    });
  }

  /** Switches on or off, or over where `enabled` is not given. What it is already changes nothing. */
  async toggle(
    actor: Actor,
    id: string,
    change: { readonly enabled?: boolean | null; readonly version?: number | null } = {},
  ): Promise<Connection> {
    return this.options.database.write(async (write) => {
      const { connection: before, health } = await lockConnection(write, id);
      refuseStale(before, change.version);
      const enabled = change.enabled ?? !before.enabled;
      if (enabled === before.enabled) return before;
      const after: Connection = { ...before, enabled, version: before.version + 1, updatedAt: write.now };
      const newHealth = switchedHealth(health, after, write.now);
      await saveConnection(write, after);
      await saveHealth(write, newHealth);
      const changes = changesBetween(before, after);
      write.audit({ action: 'connection.toggled', actor: auditActor(actor), target: targetOf(after), changes });
      await this.options.catalogue.announce(write, after, enabled ? 'SHOWN' : 'HIDDEN');
      await this.#announce(write, after, newHealth, { cause: 'TOGGLED', previous: health.status });
      return after;
    });
  }

  /** A default name follows the URL, and stays as it is while the URL's host does. */
  async #rename(
    write: Write,
    before: Connection,
    after: Connection,
    wanted: { given: string | null; field: string },
  ): Promise<void> {
    const staysDefault = before.nameIsDefault && defaultNameOf(before.url) === defaultNameOf(after.url);
    if (wanted.given === null && staysDefault) return;
    const isSame = wanted.given === before.name && !before.nameIsDefault;
    if (isSame) return;
    after.name = await chooseName(write, { ...wanted, url: after.url, id: after.id });
    after.nameKey = nameKeyOf(after.name);
    after.nameIsDefault = wanted.given === null;
  }

  async #seal(write: Write, connection: Connection, plan: EndpointPlan): Promise<void> {
    for (const [slot, value] of plan.sealed) {
      const place = { connectionId: connection.id, slot, origin: originOf(connection.url) };
      await this.options.vault.put(write.manager, place, value, write.now);
    }
  }

  async #announce(
    write: Write,
    connection: Connection,
    health: ConnectionHealth,
    change: { cause: ChangeCause; previous: ConnectionStatus | null },
  ): Promise<void> {
    const modelCount = await this.options.catalogue.count(write.manager, connection.id);
    announce(write, this.options.versions, connectionChanged(connection, health, { ...change, modelCount }));
  }
}

/** What makes a check's result one of another endpoint. */
const ENDPOINT_FIELDS: ReadonlySet<string> = new Set(['url', 'auth', 'headers']);

const storedSlots = (connection: Connection): string[] => [
  ...headerSlots(connection.headers),
  ...(connection.apiKeyPreview === null ? [] : [API_KEY_SLOT]),
];

const endpointOf = ({ url, auth, headers, apiKeyPreview }: EndpointPlan) => ({ url, auth, headers, apiKeyPreview });

/** A token that is bound to some models reads these lists in part: writing them back would drop the rest. */
function refusePartLists(actor: Actor, { modelAllowlist, declaredModels, modelAliases }: UpdateConnection): void {
  if (actor.type !== 'token' || actor.modelAllowlist.length === 0) return;
  if (modelAllowlist === undefined && declaredModels === undefined && modelAliases === undefined) return;
  throw forbidden('This token is bound to some models: it cannot change which models a connection serves.');
}
