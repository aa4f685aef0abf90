import { pino } from 'pino';
import { anonymous, type PersonActor } from '../../src/auth/actor.js';
import type { Credentials } from '../../src/auth/credentials/credentials.js';
import type { Revocations } from '../../src/auth/credentials/revocations.js';
import type { SetUp } from '../../src/auth/people/set-up.js';
import type { UserService } from '../../src/auth/people/user.service.js';
import type { Client, OpenedSession, SessionService } from '../../src/auth/sessions/session.service.js';
import type { DeviceNotes } from '../../src/auth/sign-in/device-notes.js';
import { Passwords } from '../../src/auth/sign-in/passwords.js';
import type { ApiTokenService } from '../../src/auth/tokens/api-token.service.js';
import { loadConfig } from '../../src/config.js';
import { createLogger, type Logger } from '../../src/log/logger.js';
import { openTestDatabase, type TestDatabase } from './database.js';
import { buildDomains } from './domains.js';

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
  const passwords = new Passwords({ cost: { memoryCost: 64, timeCost: 1, parallelism: 1 } });
  const config = { ...loadConfig({}), firstAdmin };
  const { sessions, users, tokens, setUp, revocations, credentials, devices } = buildDomains(
    test,
    { config, logger },
    { passwords },
  );
  const signIn = (email: string, password = PASSWORD) => sessions.signIn(NOBODY, { email, password }, CLIENT);
  return {
    ...test,
    users,
    sessions,
    tokens,
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
