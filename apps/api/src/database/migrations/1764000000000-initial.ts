import { randomUUID } from 'node:crypto';
import { Table, TableIndex, type MigrationInterface, type QueryRunner, type TableColumnOptions } from 'typeorm';

type Options = Partial<TableColumnOptions>;

const column =
  (type: string) =>
  (name: string, options: Options = {}) => ({ name, type, ...options });
const text = column('text');
const integer = column('integer');
const whole = column('bigint');
const real = column('double precision');
const flag = column('boolean');
const id = (name = 'id') => text(name, { isPrimary: true });
const nullable = { isNullable: true };

interface Index {
  readonly name: string;
  readonly columns: readonly string[];
  readonly unique?: boolean;
  readonly where?: string;
}

async function create(runner: QueryRunner, name: string, columns: TableColumnOptions[], indices: Index[] = []) {
  await runner.createTable(new Table({ name, columns }));
  for (const index of indices) {
    await runner.createIndex(
      name,
      new TableIndex({
        name: index.name,
        columnNames: [...index.columns],
        isUnique: index.unique ?? false,
        ...(index.where === undefined ? {} : { where: index.where }),
      }),
    );
  }
}

export class Initial1764000000000 implements MigrationInterface {
  readonly name = 'Initial1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await create(runner, 'ledger', [
      integer('id', { isPrimary: true }),
      whole('seq'),
      whole('auditSeq'),
      text('auditHead'),
      text('installation'),
    ]);
    await runner.query(
      `INSERT INTO "ledger" ("id", "seq", "auditSeq", "auditHead", "installation")
       VALUES (1, 0, 0, '${'0'.repeat(64)}', '${randomUUID()}')`,
    );
    await create(
      runner,
      'event',
      [whole('seq', { isPrimary: true }), text('at'), text('type'), text('connectionId', nullable), text('payload')],
      [{ name: 'event_at', columns: ['at'] }],
    );
    await create(
      runner,
      'audit_entry',
      [
        whole('seq', { isPrimary: true }),
        text('at'),
        text('actor'),
        text('actorId', nullable),
        text('action'),
        text('target', nullable),
        text('targetType', nullable),
        text('targetId', nullable),
        text('changes'),
        text('ip', nullable),
        text('requestId', nullable),
        text('keyId'),
        text('previousHash'),
        text('hash'),
      ],
      [
        { name: 'audit_entry_actor', columns: ['actorId'] },
        { name: 'audit_entry_target', columns: ['targetId'] },
      ],
    );
    await create(runner, 'secret', [
      id('connectionId'),
      id('slot'),
      text('origin'),
      text('keyId'),
      text('box'),
      text('sealedAt'),
    ]);
    await create(runner, 'key_canary', [id('keyId'), text('box')]);
    await this.createAccounts(runner);
    await this.createConnections(runner);
  }

  private async createAccounts(runner: QueryRunner): Promise<void> {
    await create(
      runner,
      'user_account',
      [
        id(),
        text('name'),
        text('email'),
        text('emailKey'),
        text('role'),
        text('passwordHash', nullable),
        text('createdAt'),
        text('lastSignInAt', nullable),
      ],
      [{ name: 'user_account_email_key', columns: ['emailKey'], unique: true }],
    );
    await create(
      runner,
      'session',
      [
        id(),
        text('tokenHash'),
        text('userId'),
        text('createdAt'),
        text('authenticatedAt'),
        text('lastUsedAt'),
        text('expiresAt'),
        text('ip', nullable),
        text('userAgent', nullable),
      ],
      [
        { name: 'session_token_hash', columns: ['tokenHash'], unique: true },
        { name: 'session_user', columns: ['userId'] },
      ],
    );
    await create(
      runner,
      'api_token',
      [
        id(),
        text('name'),
        text('tokenHash'),
        text('preview'),
        text('ownerId'),
        text('parentId', nullable),
        text('scopes'),
        text('modelAllowlist'),
        integer('requestsPerMinute', nullable),
        integer('maxInFlight', nullable),
        text('createdAt'),
        text('expiresAt', nullable),
        text('lastUsedAt', nullable),
      ],
      [
        { name: 'api_token_hash', columns: ['tokenHash'], unique: true },
        { name: 'api_token_owner', columns: ['ownerId'] },
        { name: 'api_token_parent', columns: ['parentId'] },
      ],
    );
  }

  private async createConnections(runner: QueryRunner): Promise<void> {
    await create(
      runner,
      'connection',
      [
        id(),
        text('kind'),
        text('name'),
        text('nameKey'),
        flag('nameIsDefault'),
        text('url'),
        flag('enabled'),
        text('auth'),
        text('headers'),
        text('apiKeyPreview', nullable),
        text('modelPrefix', nullable),
        text('modelAllowlist'),
        text('declaredModels'),
        text('modelAliases'),
        flag('countStreamTokens'),
        text('pool'),
        text('tags'),
        integer('priority'),
        integer('weight'),
        integer('maxInFlight', nullable),
        integer('firstByteTimeoutMs', nullable),
        integer('idleTimeoutMs', nullable),
        text('managedBy'),
        text('managedKey', nullable),
        flag('enabledUntilGone', nullable),
        integer('version'),
        integer('endpointRevision'),
        text('createdAt'),
        text('updatedAt'),
        text('removedAt', nullable),
      ],
      [
        { name: 'connection_name_key', columns: ['nameKey'], unique: true, where: '"removedAt" IS NULL' },
        { name: 'connection_managed_key', columns: ['managedKey'], unique: true },
      ],
    );
    await create(runner, 'connection_health', [
      id('connectionId'),
      text('status'),
      text('since'),
      text('checkedAt', nullable),
      text('nextCheckAt', nullable),
      real('latencyMs', nullable),
      text('problem', nullable),
      integer('failures'),
      text('serverVersion', nullable),
      text('stages'),
      integer('endpointRevision'),
    ]);
    await create(runner, 'health_bucket', [
      id('connectionId'),
      id('from'),
      text('worst', nullable),
      whole('upMs'),
      whole('knownMs'),
      text('latencies'),
    ]);
    await create(
      runner,
      'health_sample',
      [id(), text('connectionId'), text('at'), text('status'), real('latencyMs', nullable), text('problem', nullable)],
      [{ name: 'health_sample_connection', columns: ['connectionId', 'at'] }],
    );
    await create(
      runner,
      'model',
      [
        id(),
        text('connectionId'),
        text('upstreamId'),
        text('name'),
        flag('listed'),
        text('ownedBy', nullable),
        text('statedCapabilities', nullable),
        text('setCapabilities', nullable),
        integer('contextLength', nullable),
        text('family', nullable),
        text('parameterSize', nullable),
        text('quantization', nullable),
        real('sizeBytes', nullable),
        flag('loaded', nullable),
        flag('declared'),
        flag('confirmed'),
        text('namedAt'),
        text('firstSeenAt'),
        text('lastSeenAt'),
        text('vanishedAt', nullable),
      ],
      [
        { name: 'model_upstream_key', columns: ['connectionId', 'upstreamId'], unique: true },
        { name: 'model_vanished', columns: ['vanishedAt'] },
      ],
    );
    // Lists are in the order of bytes. SQLite compares so by itself; PostgreSQL would go by the language of the
    // database.
    const bytes = runner.dataSource.options.type === 'postgres' ? ' COLLATE "C"' : '';
    await runner.query(`CREATE INDEX "model_name" ON "model" ("name"${bytes}, "id"${bytes})`);
  }

  /** Nothing before this version holds data. */
  async down(runner: QueryRunner): Promise<void> {
    const tables = [
      'model',
      'health_sample',
      'health_bucket',
      'connection_health',
      'connection',
      'api_token',
      'session',
    ];
    for (const table of [...tables, 'user_account', 'key_canary', 'secret', 'audit_entry', 'event', 'ledger']) {
      await runner.dropTable(table);
    }
  }
}
