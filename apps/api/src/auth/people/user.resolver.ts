import { Arg, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import { RequireAccess, type RequestContext } from '../request-context.js';
import type { Role } from '../scope.js';
import { RoleEnum } from './account.types.js';
import { User } from './user.entity.js';
import type { UserService } from './user.service.js';

@Resolver(() => User)
export class UserResolver {
  constructor(private readonly users: UserService) {}

  @RequireAccess('USERS_WRITE')
  @Query(() => [User], { name: 'users', description: 'Everybody who has an account, by name, then id.' })
  list(): Promise<User[]> {
    return this.users.list();
  }

  @RequireAccess('USERS_WRITE')
  @Mutation(() => User, {
    description:
      'Creates an account. The role ADMIN needs a fresh person. Code CONFLICT with existingId where the e-mail address is taken.',
  })
  createUser(
    @Arg('name', () => String, { description: 'What the person is called, at most 100 characters.' }) name: string,
    @Arg('email', () => String, { description: 'The e-mail address that will sign in; unique, whatever its case.' })
    email: string,
    @Arg('password', () => String, { description: 'At least 12 characters, at most 1,024 bytes.' }) password: string,
    @Arg('role', () => RoleEnum, { description: 'What the person may do.' }) role: Role,
    @Ctx() context: RequestContext,
  ): Promise<User> {
    return this.users.create(context.actor, { name, email, password, role });
  }

  @RequireAccess('USERS_WRITE')
  @Mutation(() => User, {
    description:
      'Changes what is given. An administrator’s account, the role ADMIN or a password needs a fresh person; the last administrator stays one (code CONFLICT). A new password and a demotion end the sessions of that person, and a demotion the tokens that hold more than the new role may do.',
  })
  updateUser(
    @Arg('id', () => ID, { description: 'Whose account.' }) id: string,
    @Arg('name', () => String, { nullable: true, description: 'Another name.' }) name: string | null,
    @Arg('role', () => RoleEnum, { nullable: true, description: 'Another role.' }) role: Role | null,
    @Arg('password', () => String, { nullable: true, description: 'Another password.' }) password: string | null,
    @Ctx() context: RequestContext,
  ): Promise<User> {
    return this.users.update(context.actor, id, { name: name ?? null, role: role ?? null, password: password ?? null });
  }

  @RequireAccess('USERS_WRITE')
  @Mutation(() => ID, {
    description:
      'Removes an account with its sessions and tokens, at once, and gives its id. An administrator’s needs a fresh person; the last administrator stays (code CONFLICT).',
  })
  async removeUser(
    @Arg('id', () => ID, { description: 'Whose account.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<string> {
    await this.users.remove(context.actor, id);
    return id;
  }
}
