import type { Registry } from 'prom-client';
import type { Config } from '../config.js';
import type { Database } from '../database/database.js';
import type { DomainParts } from '../lib/domain.js';
import type { Logger } from '../log/logger.js';
import type { SecretBox } from '../secrets/secret-box.js';
import { CredentialWatch } from './credentials/credential-watch.js';
import { Credentials } from './credentials/credentials.js';
import { Revocations } from './credentials/revocations.js';
import { SetUp } from './people/set-up.js';
import { User } from './people/user.entity.js';
import { UserResolver } from './people/user.resolver.js';
import { UserService } from './people/user.service.js';
import { Session } from './sessions/session.entity.js';
import { SessionResolver } from './sessions/session.resolver.js';
import { SessionService } from './sessions/session.service.js';
import { AttemptThrottle } from './sign-in/attempt-throttle.js';
import { DeviceNotes } from './sign-in/device-notes.js';
import { Passwords } from './sign-in/passwords.js';
import { countSignInFailures } from './sign-in/sign-in-metrics.js';
import { ApiToken } from './tokens/api-token.entity.js';
import { ApiTokenResolver } from './tokens/api-token.resolver.js';
import { ApiTokenService } from './tokens/api-token.service.js';

interface Needs {
  readonly database: Database;
  readonly box: SecretBox;
  readonly config: Pick<Config, 'firstAdmin'>;
  readonly logger: Logger;
  readonly registry: Registry;
  /** Of the server: told to those who are signed in. */
  readonly version: string;
  /** For tests: hashes that cost less. */
  readonly passwords?: Passwords;
}

/** What another process revoked has to end here within 5 s. */
const CREDENTIALS_EVERY_MS = 3_000;
const HOUR_MS = 3_600_000;

export const authDomain = {
  entities: [ApiToken, Session, User],
  create({ database, box, config, logger, registry, version, passwords = new Passwords() }: Needs) {
    const revocations = new Revocations(logger);
    const credentials = new Credentials(database, revocations, logger);
    const credentialWatch = new CredentialWatch(database, revocations);
    const devices = new DeviceNotes(box);
    const throttle = new AttemptThrottle((ip) => warnOfFullAddress(logger, ip));
    const onFailure = countSignInFailures(registry);
    const sessions = new SessionService({ database, passwords, throttle, devices, revocations, logger, onFailure });
    const users = new UserService(database, passwords, revocations);
    const tokens = new ApiTokenService(database, revocations);
    const setUp = new SetUp({ database, passwords, devices, logger, firstAdmin: config.firstAdmin });
    return {
      services: { passwords, devices, revocations, credentials, credentialWatch, sessions, users, tokens, setUp },
      resolvers: [
        new ApiTokenResolver(tokens, users),
        new SessionResolver({ sessions, users, setUp, version }),
        new UserResolver(users),
      ],
      housekeeping: [
        {
          everyMs: CREDENTIALS_EVERY_MS,
          what: 'looking for credentials that are over',
          run: () => credentialWatch.check(),
        },
        { everyMs: HOUR_MS, what: 'forgetting sessions that are over', run: () => sessions.removeExpired() },
      ],
      // Before the server listens: who knows the settings signs in as soon as there is an answer.
      start: () => setUp.createFromSettings(),
      stop: () => credentials.close(),
    } satisfies DomainParts;
  },
};

function warnOfFullAddress(logger: Logger, ip: string | null): void {
  logger.warn(
    { ip },
    'too many wrong passwords from one address: those who never signed in from there cannot sign in for up to 15 minutes. ' +
      'If it is the address of your proxy, name it in INTRALLM_TRUSTED_PROXIES, so that people are told apart by their own.',
  );
}
