import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Problem } from '@intrallm/providers';
import type { RequestContext } from '../auth/request-context.js';
import type { ConnectionLoaders } from './connection-loaders.js';
import { Connection } from './connection.entity.js';
import { ConnectionStatusEnum, KeyStateEnum, type ConnectionStatus, type KeyState } from './connection.types.js';
import { ConnectionHealth } from './health/connection-health.entity.js';
import { ProblemType } from './health/problem.types.js';

/** What a connection shows beyond its own row. */
@Resolver(() => Connection)
export class ConnectionFieldsResolver {
  constructor(private readonly loaders: ConnectionLoaders) {}

  @FieldResolver(() => Boolean, { description: 'Whether it has a key.' })
  hasApiKey(@Root() connection: Connection): boolean {
    return connection.apiKeyPreview !== null;
  }

  @FieldResolver(() => KeyStateEnum, { description: 'Whether it has a key that can be used.' })
  keyState(@Root() connection: Connection, @Ctx() context: RequestContext): KeyState | Promise<KeyState> {
    if (connection.apiKeyPreview === null) return 'NONE';
    const secrets = context.once(this.loaders.secrets).load(connection.id);
    return secrets.then((rows) => this.loaders.keyState(connection, rows));
  }

  @FieldResolver(() => ConnectionStatusEnum, { description: 'How it is; the same as in its health.' })
  async status(@Root() connection: Connection, @Ctx() context: RequestContext): Promise<ConnectionStatus> {
    return (await context.once(this.loaders.health).load(connection.id)).status;
  }

  @FieldResolver(() => ConnectionHealth, { description: 'What is known of its health.' })
  health(@Root() connection: Connection, @Ctx() context: RequestContext): Promise<ConnectionHealth> {
    return context.once(this.loaders.health).load(connection.id);
  }

  @FieldResolver(() => [ProblemType], {
    description:
      'What an administrator should know although nothing is broken: the same URL is linked twice, and so on.',
  })
  async warnings(@Root() connection: Connection, @Ctx() context: RequestContext): Promise<Problem[]> {
    const [secrets, health, alsoLinkedAs] = await Promise.all([
      context.once(this.loaders.secrets).load(connection.id),
      context.once(this.loaders.health).load(connection.id),
      context.once(this.loaders.alsoLinkedAs).load(connection),
    ]);
    return this.loaders.warnings(connection, { secrets, health, alsoLinkedAs });
  }
}
