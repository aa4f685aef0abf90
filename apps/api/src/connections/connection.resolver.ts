import { Arg, Ctx, ID, Int, Mutation, Query, Resolver } from 'type-graphql';
import { RequireAccess, type RequestContext } from '../auth/request-context.js';
import {
  AddConnectionInputType,
  ConnectionFilterInput,
  UpdateConnectionInputType,
  VerifyConnectionInputType,
} from './connection-input.types.js';
import type { ConnectionRemovalService } from './connection-removal.service.js';
import { Connection } from './connection.entity.js';
import type { ConnectionService } from './connection.service.js';
import { RevealedKey } from './connection.types.js';
import type { KeyRevealService } from './keys/key-reveal.service.js';
import type { VerificationService, Verified } from './verification/verification.service.js';
import { VerificationType } from './verification/verification.types.js';

interface Services {
  readonly connections: ConnectionService;
  readonly removal: ConnectionRemovalService;
  readonly keyReveal: KeyRevealService;
  readonly verification: VerificationService;
}

const INPUT = 'input';

@Resolver(() => Connection)
export class ConnectionResolver {
  constructor(private readonly services: Services) {}

  @RequireAccess('CONNECTIONS_READ')
  @Query(() => [Connection], {
    description: 'The connections, by kind, then priority, then name. Needs CONNECTIONS_READ.',
  })
  connections(
    @Arg('filter', () => ConnectionFilterInput, { nullable: true, description: 'Which ones.' })
    filter: ConnectionFilterInput | null,
  ): Promise<Connection[]> {
    return this.services.connections.list(filter ?? {});
  }

  @RequireAccess('CONNECTIONS_READ')
  @Query(() => Connection, {
    nullable: true,
    description: 'One connection; null where there is none. Needs CONNECTIONS_READ.',
  })
  connection(@Arg('id', () => ID, { description: 'Its id.' }) id: string): Promise<Connection | null> {
    return this.services.connections.find(id);
  }

  @RequireAccess('CONNECTIONS_WRITE')
  @Mutation(() => Connection, {
    description: 'Links an endpoint; saved also when it does not answer. Needs CONNECTIONS_WRITE.',
  })
  addConnection(
    @Arg('input', () => AddConnectionInputType, { description: 'The endpoint.' }) input: AddConnectionInputType,
    @Ctx() { actor }: RequestContext,
  ): Promise<Connection> {
    return this.services.connections.add(actor, input, INPUT);
  }

  @RequireAccess('CONNECTIONS_WRITE')
  @Mutation(() => Connection, { description: 'Changes what the input names. Needs CONNECTIONS_WRITE.' })
  updateConnection(
    @Arg('id', () => ID, { description: 'Which connection.' }) id: string,
    @Arg('input', () => UpdateConnectionInputType, { description: 'What changes.' }) input: UpdateConnectionInputType,
    @Ctx() { actor }: RequestContext,
  ): Promise<Connection> {
    return this.services.connections.update(actor, id, input, INPUT);
  }

  @RequireAccess('CONNECTIONS_WRITE')
  @Mutation(() => Connection, { description: 'Switches on or off; without enabled it flips. Needs CONNECTIONS_WRITE.' })
  toggleConnection(
    @Arg('id', () => ID, { description: 'Which connection.' }) id: string,
    @Arg('enabled', () => Boolean, { nullable: true, description: 'On or off; left out: the other one.' })
    enabled: boolean | null,
    @Arg('version', () => Int, { nullable: true, description: 'When given and stale: code CONFLICT.' })
    version: number | null,
    @Ctx() { actor }: RequestContext,
  ): Promise<Connection> {
    return this.services.connections.toggle(actor, id, { enabled, version });
  }

  @RequireAccess('CONNECTIONS_WRITE')
  @Mutation(() => ID, {
    description:
      'Takes a connection out of sight at once; its secrets are destroyed after 60 s. Needs CONNECTIONS_WRITE.',
  })
  async removeConnection(
    @Arg('id', () => ID, { description: 'Which connection.' }) id: string,
    @Arg('version', () => Int, { nullable: true, description: 'When given and stale: code CONFLICT.' })
    version: number | null,
    @Ctx() { actor }: RequestContext,
  ): Promise<string> {
    await this.services.removal.remove(actor, id, version);
    return id;
  }

  @RequireAccess('CONNECTIONS_WRITE')
  @Mutation(() => Connection, {
    description: 'Brings a removed connection back as it was, within 60 s; then NOT_FOUND. Needs CONNECTIONS_WRITE.',
  })
  restoreConnection(
    @Arg('id', () => ID, { description: 'Which connection.' }) id: string,
    @Ctx() { actor }: RequestContext,
  ): Promise<Connection> {
    return this.services.removal.restore(actor, id);
  }

  @RequireAccess('CONNECTIONS_WRITE')
  @Mutation(() => VerificationType, { description: 'Tries an endpoint; nothing is stored. Needs CONNECTIONS_WRITE.' })
  verifyConnection(
    @Arg('input', () => VerifyConnectionInputType, { description: 'What to try.' }) input: VerifyConnectionInputType,
    @Ctx() { actor }: RequestContext,
  ): Promise<Verified> {
    return this.services.verification.verify(actor, input, INPUT);
  }

  @RequireAccess('KEYS_REVEAL', { fresh: true })
  @Mutation(() => RevealedKey, {
    description:
      'The key in plain text, for a person who signed in or gave the password within 5 minutes; audited. Without a key ' +
      'NOT_FOUND, unreadable UNAVAILABLE. Needs KEYS_REVEAL.',
  })
  revealKey(
    @Arg('id', () => ID, { description: 'Which connection.' }) id: string,
    @Ctx() { actor }: RequestContext,
  ): Promise<RevealedKey> {
    return this.services.keyReveal.reveal(actor, id);
  }
}
