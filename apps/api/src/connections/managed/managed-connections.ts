import { randomUUID } from 'node:crypto';
import { In } from 'typeorm';
import { EndpointUrlError, normaliseEndpointUrl, type AuthScheme, type EndpointKind } from '@intrallm/providers';
import { auditActor, system } from '../../auth/actor.js';
import { ConfigError, variablesOf, type ManagedEndpoint } from '../../config.js';
import type { Database } from '../../database/database.js';
import { rowLock, type Write } from '../../database/write.js';
import type { Versions } from '../../events/versions.js';
import type { Logger } from '../../log/logger.js';
import type { ConnectionCatalogue } from '../catalogue-port.js';
import { announce, connectionChanged, type ChangeCause } from '../connection-events.js';
import { freeDefaultName, nameKeyOf, takenNameKeys } from '../connection-name.js';
import { newConnection, saveConnection, saveHealth, targetOf, writeNamed } from '../connection-store.js';
import { Connection } from '../connection.entity.js';
import { API_KEY_SLOT } from '../endpoint/endpoint-plan.js';
import { ConnectionHealth } from '../health/connection-health.entity.js';
import { editedHealth, unknownHealth } from '../health/health-transition.js';
import { keyProblem, previewOf } from '../keys/api-key.js';
import { takeKeyOut } from '../keys/pasted-key.js';
import { changesBetween, secretChanges } from '../settings/connection-changes.js';
import type { ManagedSecrets } from './managed-secrets.js';

interface Options {
  readonly database: Database;
  readonly versions: Versions;
  readonly catalogue: ConnectionCatalogue;
  readonly managedSecrets: ManagedSecrets;
  readonly logger: Logger;
}

/** A connection as the settings name it. */
interface Wanted {
  readonly managedKey: string;
  readonly kind: EndpointKind;
  readonly url: string;
  readonly apiKey: string | null;
  readonly auth: AuthScheme;
}

/** Keeps the connections that the environment names in step with it. */
export class ManagedConnections {
  constructor(private readonly options: Options) {}

  /**
   * Run once at start. Known ones are found again by kind, URL and occurrence; new ones are linked; one that is no
   * longer named is switched off, and on again when it comes back. Keys stay in memory. Throws ConfigError naming the
   * variable with a URL that is none.
   */
  async syncManaged(managed: readonly ManagedEndpoint[]): Promise<void> {
    const wanted = toWanted(managed);
    const keys = new Map<string, string>();
    await writeNamed(this.options.database, async (write) => {
      keys.clear();
      const stored = await write.manager.find(Connection, { where: { managedBy: 'ENVIRONMENT' }, ...rowLock(write) });
      const byKey = new Map(stored.map((connection) => [connection.managedKey, connection]));
      const healths = await write.manager.findBy(ConnectionHealth, { connectionId: In(stored.map(({ id }) => id)) });
      const healthOf = new Map(healths.map((health) => [health.connectionId, health]));
      const taken = await takenNameKeys(write.manager);
      for (const one of wanted) {
        const known = byKey.get(one.managedKey);
        const id = known?.id ?? randomUUID();
        if (one.apiKey !== null) keys.set(id, one.apiKey);
        if (known === undefined) await this.#add(write, id, one, taken);
        else await this.#change(write, known, healthOf.get(id), returned(known, one));
        byKey.delete(one.managedKey);
      }
      for (const gone of byKey.values()) {
        if (gone.enabledUntilGone !== null) continue;
        this.options.logger.info(
          { connectionId: gone.id, name: gone.name },
          'the environment no longer names this connection: switched off',
        );
        const change = { enabled: false, enabledUntilGone: gone.enabled, apiKeyPreview: null };
        await this.#change(write, gone, healthOf.get(gone.id), change);
      }
    });
    this.options.managedSecrets.replace(keys);
  }

  /** `taken`: keys of all names; that of the new connection comes to them. */
  async #add(write: Write, id: string, wanted: Wanted, taken: Set<string>): Promise<void> {
    const name = freeDefaultName(taken, wanted.url);
    taken.add(nameKeyOf(name));
    const { kind, url, auth, managedKey } = wanted;
    const connection = newConnection(write.now, {
      id,
      kind,
      url,
      auth,
      managedKey,
      name,
      nameIsDefault: true,
      enabled: true,
      headers: [],
      apiKeyPreview: previewFor(wanted),
      managedBy: 'ENVIRONMENT',
    });
    await saveConnection(write, connection);
    await this.#record(write, null, connection, unknownHealth(connection, write.now));
  }

  async #change(
    write: Write,
    before: Connection,
    health: ConnectionHealth | undefined,
    change: Partial<Connection>,
  ): Promise<void> {
    const changed = { ...before, ...change };
    const isOtherEndpoint = changed.auth !== before.auth || changed.apiKeyPreview !== before.apiKeyPreview;
    if (!isOtherEndpoint && changed.enabled === before.enabled && changed.enabledUntilGone === before.enabledUntilGone)
      return;
    const after: Connection = {
      ...changed,
      version: before.version + 1,
      endpointRevision: before.endpointRevision + (isOtherEndpoint ? 1 : 0),
      updatedAt: write.now,
    };
    await saveConnection(write, after);
    const old = health ?? unknownHealth(before, write.now);
    await this.#record(
      write,
      { connection: before, health: old },
      after,
      editedHealth(old, before, after, { isMove: false, now: write.now }),
    );
    if (before.enabled !== after.enabled) {
      await this.options.catalogue.announce(write, after, after.enabled ? 'SHOWN' : 'HIDDEN');
    }
  }

  async #record(
    write: Write,
    before: { connection: Connection; health: ConnectionHealth } | null,
    after: Connection,
    health: ConnectionHealth,
  ): Promise<void> {
    await saveHealth(write, health);
    const changes = [
      ...changesBetween(before?.connection ?? null, after),
      ...keyChange(before?.connection ?? null, after),
    ];
    const action = before === null ? 'connection.added' : 'connection.updated';
    write.audit({ action, actor: auditActor(system('environment')), target: targetOf(after), changes });
    const modelCount = await this.options.catalogue.count(write.manager, after.id);
    const cause: ChangeCause = before === null ? 'ADDED' : 'EDITED';
    const change = { cause, previous: before?.health.status ?? null, modelCount };
    announce(write, this.options.versions, connectionChanged(after, health, change));
  }
}

/** Equal URLs are told apart by counting them once they are normalised. */
function toWanted(managed: readonly ManagedEndpoint[]): Wanted[] {
  const seen = new Map<string, number>();
  return managed.map(({ kind, url: text, apiKey: givenKey }) => {
    const { url, credentials } = parseUrl(kind, text);
    const { apiKey, auth } = readKey(kind, url, givenKey, credentials);
    const place = `${kind} ${url}`;
    const occurrence = seen.get(place) ?? 0;
    seen.set(place, occurrence + 1);
    return { managedKey: `${place} ${occurrence}`, kind, url, apiKey, auth };
  });
}

function parseUrl(kind: EndpointKind, text: string) {
  try {
    return normaliseEndpointUrl(text, kind);
  } catch (error) {
    if (!(error instanceof EndpointUrlError)) throw error;
    throw new ConfigError(variablesOf(kind).urls, error.message, { cause: error });
  }
}

/**
 * The key as it would be stored from the form. Throws ConfigError that names the variable and the URL, and not the key.
 */
function readKey(
  kind: EndpointKind,
  url: string,
  given: string | null,
  credentials: { readonly user: string; readonly password: string } | null,
): Pick<Wanted, 'apiKey' | 'auth'> {
  if (given !== null && credentials !== null) {
    throw new ConfigError(
      variablesOf(kind).keys,
      `has a key for ${url}, whose URL holds a user and a password: keep one`,
    );
  }
  if (credentials !== null) {
    const apiKey = `${credentials.user}:${credentials.password}`;
    return checkedKey(variablesOf(kind).urls, url, apiKey, 'BASIC');
  }
  if (given === null) return { apiKey: null, auth: 'NONE' };
  const { key, scheme } = takeKeyOut(given);
  return checkedKey(variablesOf(kind).keys, url, key, scheme ?? 'BEARER');
}

function checkedKey(variable: string, url: string, apiKey: string, auth: AuthScheme): Pick<Wanted, 'apiKey' | 'auth'> {
  const problem = keyProblem(apiKey, auth);
  if (problem !== null) throw new ConfigError(variable, `the key of ${url} cannot be used. ${problem}`);
  return { apiKey, auth };
}

/** What changes in a connection that the settings name (again). */
function returned(known: Connection, wanted: Wanted): Partial<Connection> {
  return {
    auth: wanted.auth,
    apiKeyPreview: previewFor(wanted),
    enabled: known.enabledUntilGone ?? known.enabled,
    enabledUntilGone: null,
  };
}

const previewFor = ({ apiKey, auth }: Wanted): string | null => (apiKey === null ? null : previewOf(apiKey, auth));

function keyChange(before: Connection | null, after: Connection) {
  const had = before !== null && before.apiKeyPreview !== null;
  if (before?.apiKeyPreview === after.apiKeyPreview || (!had && after.apiKeyPreview === null)) return [];
  if (after.apiKeyPreview === null) return secretChanges([], [], [API_KEY_SLOT]);
  return secretChanges(had ? [API_KEY_SLOT] : [], [API_KEY_SLOT], []);
}
