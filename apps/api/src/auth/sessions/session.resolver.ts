import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { unauthenticated } from '../../errors.js';
import { Instance, Reauthentication, Viewer } from '../people/account.types.js';
import type { SetUp } from '../people/set-up.js';
import type { UserService } from '../people/user.service.js';
import { findViewer } from '../people/viewer.js';
import { RequireAccess, type RequestContext } from '../request-context.js';
import { Session } from './session.entity.js';
import type { ListedSession, OpenedSession, SessionService } from './session.service.js';

interface Services {
  readonly sessions: SessionService;
  readonly users: UserService;
  readonly setUp: SetUp;
  readonly version: string;
}

@Resolver(() => Session)
export class SessionResolver {
  constructor(private readonly services: Services) {}

  @RequireAccess('ANYBODY')
  @Query(() => Instance, { description: 'What anybody may know of this installation.' })
  async instance(@Ctx() context: RequestContext): Promise<Instance> {
    return {
      needsSetUp: await this.services.setUp.isNeeded(),
      passwordSignIn: true,
      singleSignOnUrl: null,
      version: context.actor.type === 'anonymous' ? null : this.services.version,
    };
  }

  @RequireAccess('ANYBODY')
  @Query(() => Viewer, { nullable: true, description: 'Who is asking; null when nobody is signed in.' })
  me(@Ctx() context: RequestContext): Promise<Viewer | null> {
    return findViewer(this.services.users, context.actor);
  }

  @RequireAccess('PERSON')
  @Query(() => [Session], { description: 'One’s own sessions, the one used last first.' })
  sessions(@Ctx() context: RequestContext): Promise<Session[]> {
    return this.services.sessions.list(context.actor);
  }

  @FieldResolver(() => Boolean, { description: 'Whether this is the session that asks.' })
  current(@Root() session: ListedSession): boolean {
    return session.current;
  }

  @RequireAccess('ANYBODY')
  @Mutation(() => Viewer, {
    description: 'Creates the first administrator and signs in. It works once, while no user exists.',
  })
  async setUp(
    @Arg('token', () => String, { description: 'The token of the set-up link, which stands in the log of the server.' })
    token: string,
    @Arg('name', () => String, { description: 'What the administrator is called.' }) name: string,
    @Arg('email', () => String, { description: 'The e-mail address that will sign in.' }) email: string,
    @Arg('password', () => String, { description: 'At least 12 characters, at most 1,024 bytes.' }) password: string,
    @Ctx() context: RequestContext,
  ): Promise<Viewer> {
    return this.#enter(context, await this.services.setUp.complete({ token, name, email, password }, context.origin));
  }

  @RequireAccess('ANYBODY')
  @Mutation(() => Viewer, {
    description:
      'Signs in and sets the session cookie. Code INVALID_CREDENTIALS where the e-mail address or the password is wrong.',
  })
  async signIn(
    @Arg('email', () => String, { description: 'The e-mail address; case does not count.' }) email: string,
    @Arg('password', () => String, { description: 'The password.' }) password: string,
    @Ctx() context: RequestContext,
  ): Promise<Viewer> {
    return this.#enter(
      context,
      await this.services.sessions.signIn(context.actor, { email, password }, context.origin),
    );
  }

  @RequireAccess('ANYBODY')
  @Mutation(() => Boolean, {
    description: 'Ends the session that asks and clears the cookie. True also where there was none.',
  })
  async signOut(@Ctx() context: RequestContext): Promise<boolean> {
    await this.services.sessions.signOut(context.actor);
    context.sessionCookie?.clear();
    return true;
  }

  @RequireAccess('PERSON')
  @Mutation(() => ID, { description: 'Ends one of one’s own sessions, with its sockets, and gives its id.' })
  async revokeSession(
    @Arg('id', () => ID, { description: 'The session to end.' }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<string> {
    await this.services.sessions.revoke(context.actor, id);
    if (context.actor.type === 'person' && context.actor.sessionId === id) context.sessionCookie?.clear();
    return id;
  }

  @RequireAccess('PERSON')
  @Mutation(() => Reauthentication, {
    description:
      'Gives the password again, for operations that need a fresh person. Code INVALID_CREDENTIALS where it is wrong.',
  })
  async reauthenticate(
    @Arg('password', () => String, { nullable: true, description: 'The password, for those who sign in with one.' })
    password: string | null,
    @Ctx() context: RequestContext,
  ): Promise<Reauthentication> {
    const opened = await this.services.sessions.reauthenticate(
      context.actor,
      password ?? null,
      context.origin.deviceNotes,
    );
    this.#take(context, opened);
    return { validUntil: opened.validUntil, continueAt: null };
  }

  @RequireAccess('PERSON')
  @Mutation(() => Boolean, { description: 'Sets another password and ends one’s other sessions, with their sockets.' })
  async changePassword(
    @Arg('current', () => String, { description: 'The password until now.' }) current: string,
    @Arg('new', () => String, { description: 'At least 12 characters, at most 1,024 bytes.' }) next: string,
    @Ctx() context: RequestContext,
  ): Promise<boolean> {
    const { actor, origin } = context;
    const notes = await this.services.sessions.changePassword(actor, current, next, origin.deviceNotes);
    context.sessionCookie?.keepDeviceNotes(notes);
    return true;
  }

  async #enter(context: RequestContext, opened: OpenedSession): Promise<Viewer> {
    this.#take(context, opened);
    const viewer = await findViewer(this.services.users, opened.actor);
    if (viewer === null) throw unauthenticated();
    return viewer;
  }

  #take(context: RequestContext, opened: OpenedSession): void {
    context.actor = opened.actor;
    context.sessionCookie?.set(opened.token, opened.expiresAt);
    context.sessionCookie?.keepDeviceNotes(opened.deviceNotes);
  }
}
