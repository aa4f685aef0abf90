import { pino } from 'pino';
import { anonymous, type PersonActor } from '../../src/auth/actor.js';
import { Credentials } from '../../src/auth/credentials/credentials.js';
import { Revocations } from '../../src/auth/credentials/revocations.js';
import { SetUp } from '../../src/auth/people/set-up.js';
import { UserService } from '../../src/auth/people/user.service.js';
import { SessionService, type Client, type OpenedSession } from '../../src/auth/sessions/session.service.js';
import { AttemptThrottle } from '../../src/auth/sign-in/attempt-throttle.js';
import { DeviceNotes } from '../../src/auth/sign-in/device-notes.js';
import { Passwords } from '../../src/auth/sign-in/passwords.js';
import { ApiTokenService } from '../../src/auth/tokens/api-token.service.js';
import { createLogger, type Logger } from '../../src/log/logger.js';
import { openTestDatabase, type TestDatabase } from './database.js';

export const PASSWORD = 'correct horse battery';
export const CLIENT: Client = { ip: '203.0.113.7', requestId: 'request-1', userAgent: 'test' };
export const NOBODY = anonymous(CLIENT);

export interface Accounts extends TestDatabase {
  readonly users: UserService;
  readonly sessions: SessionService;
  readonly tokens: ApiTokenService;
  readonly setUp: SetUp;
  readonly revocations: Revocations;
  readonly credentials: Credentials;
  readonly devices: DeviceNotes;
  readonly logger: Logger;
  /** Every line of the log so far. */
  readonly logLines: string[];
  /** Creates the first administrator through the link in the log, and signs in. */
  createAdmin(): Promise<PersonActor>;
  signIn(email: string, password?: string): Promise<OpenedSession>;
}

/** The services of people, sessions and tokens over a database of their own, or the one that is named. */
export async function openAccounts(
  firstAdmin: { email: string; password: string } | null = null,
  options: Parameters<typeof openTestDatabase>[0] = {},
): Promise<Accounts> {
  const test = await openTestDatabase(options);
  const logLines: string[] = [];
  const logger = createLogger({ level: 'info', destination: { write: (line: string) => void logLines.push(line) } });
  const revocations = new Revocations(logger);
  const passwords = new Passwords({ cost: { memoryCost: 64, timeCost: 1, parallelism: 1 } });
  const { database } = test;
  const throttle = new AttemptThrottle((ip) => {
    logger.warn({ ip }, 'the address is full');
  });
  const devices = new DeviceNotes(test.box);
  const sessions = new SessionService({ database, passwords, devices, revocations, logger, throttle });
  const setUp = new SetUp({ database, passwords, devices, logger, firstAdmin });
  const credentials = new Credentials(database, revocations, logger);
  const signIn = (email: string, password = PASSWORD) => sessions.signIn(NOBODY, { email, password }, CLIENT);
  return {
    ...test,
    users: new UserService(database, passwords, revocations),
    sessions,
    tokens: new ApiTokenService(database, revocations),
    setUp,
    revocations,
    credentials,
    devices,
    logger,
    logLines,
    createAdmin: async () => {
      await setUp.begin('http://localhost:4000');
      const token = setUpToken(logLines);
      const input = { token, name: 'Ada', email: 'ada@example.com', password: PASSWORD };
      return (await setUp.complete(input, CLIENT)).actor;
    },
    signIn,
    close: async () => {
      await credentials.close();
      await test.close();
    },
  };
}

/** The token of the set-up link that was logged last. */
export function setUpToken(logLines: readonly string[]): string {
  const links = logLines.join('').matchAll(/\/set-up#([\w-]+)/g);
  const token = [...links].at(-1)?.[1];
  if (token === undefined) throw new Error('no set-up link was logged');
  return token;
}

export const silentLogger = (): Logger => pino({ level: 'silent' });
