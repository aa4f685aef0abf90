import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  createGuardedAgent,
  createOutboundClient,
  createProviders,
  type OutboundClientOptions,
} from '@intrallm/providers';
import { AuditService } from './audit/audit.service.js';
import { ChainedLedger } from './audit/ledger.js';
import { CredentialWatch } from './auth/credentials/credential-watch.js';
import { Credentials } from './auth/credentials/credentials.js';
import { Revocations } from './auth/credentials/revocations.js';
import { SetUp } from './auth/people/set-up.js';
import { UserService } from './auth/people/user.service.js';
import { SessionService } from './auth/sessions/session.service.js';
import { AttemptThrottle } from './auth/sign-in/attempt-throttle.js';
import { DeviceNotes } from './auth/sign-in/device-notes.js';
import { Passwords } from './auth/sign-in/passwords.js';
import { ApiTokenService } from './auth/tokens/api-token.service.js';
import { systemClock } from './clock.js';
import { closeDataFolder } from './config/data-folder.js';
import type { Config } from './config.js';
import { ConnectionLoaders } from './connections/connection-loaders.js';
import { ConnectionRemovalService } from './connections/connection-removal.service.js';
import { ConnectionService } from './connections/connection.service.js';
import { EndpointOpener } from './connections/endpoint/endpoint-opener.js';
import { LinkedUrls } from './connections/endpoint/linked-urls.js';
import { KeyRevealService } from './connections/keys/key-reveal.service.js';
import { ManagedConnections } from './connections/managed/managed-connections.js';
import { ManagedSecrets } from './connections/managed/managed-secrets.js';
import { VerificationService } from './connections/verification/verification.service.js';
import { Database } from './database/database.js';
import { entities } from './entities.js';
import { Doorbell } from './events/doorbell.js';
import { EventLog } from './events/event-log.js';
import { EventTail } from './events/event-tail.js';
import { Versions } from './events/versions.js';
import { GatewayMetrics } from './gateway/accounting/gateway-metrics.js';
import { RequestAccounts } from './gateway/accounting/request-accounting.js';
import { TokenLimits } from './gateway/accounting/token-limits.js';
import { Forwarder } from './gateway/forwarding/forwarder.js';
import { Hops } from './gateway/forwarding/hops.js';
import { ResponseOwners } from './gateway/forwarding/response-owners.js';
import { BodyBudget } from './gateway/http/body-budget.js';
import { EndpointLoad } from './gateway/routing/endpoint-load.js';
import { RoutingService } from './gateway/routing/routing.service.js';
import { createMetrics } from './http/metrics.js';
import { lostLines, type Logger } from './log/logger.js';
import { CatalogueSize } from './models/catalogue-size.js';
import { CatalogueService } from './models/discovery/catalogue.service.js';
import { ModelLoaders } from './models/model-loaders.js';
import { ModelService } from './models/model.service.js';
import { ModelsInMemory } from './models/models-in-memory.js';
import { DEFAULT_CADENCE, type Cadence } from './monitor/checks/cadence.js';
import { HealthHistory } from './monitor/health/health-history.js';
import { HealthRecorder } from './monitor/health/health-recorder.js';
import { HealthTransitions } from './monitor/health/health-transitions.js';
import { Monitor } from './monitor/monitor.js';
import { RefreshService } from './monitor/refresh/refresh.service.js';
import { StatusFeed } from './monitor/stream/status-feed.js';
import { openSecretBox } from './secrets/master-key.js';
import { Vault } from './secrets/vault.js';
import { UsageRecorder } from './usage/recording/usage-recorder.js';
import { UsageRetention } from './usage/recording/usage-retention.js';
import { registerUsageMetrics } from './usage/usage-metrics.js';
import { UsageService } from './usage/usage.service.js';

/** What a process is built from besides its settings. */
export interface BuildOptions {
  readonly config: Config;
  readonly logger: Logger;
  /** Where this process listens: endpoints must not be ourselves. */
  readonly ownAddresses: NonNullable<OutboundClientOptions['ownAddresses']>;
  /** All intervals of the checks; for tests. By default what the settings say. */
  readonly cadence?: Cadence;
}

export type Services = Awaited<ReturnType<typeof buildServices>>;

/** Builds every service by hand, in the order in which they need each other. Nothing runs yet but the database. */
export async function buildServices({ config, logger, ownAddresses, cadence }: BuildOptions) {
  closeDataFolder(config.dataDirectory, (place) => {
    logger.warn({ place }, 'other users of this machine can read this place: take their rights away (chmod go-rwx)');
  });
  const box = openSecretBox(config);
  const doorbell = new Doorbell();
  const database = await Database.open({
    database: config.database,
    entities,
    ledger: new ChainedLedger(box),
    logger,
    announce: (lastEvent) => {
      doorbell.ring(lastEvent);
    },
  });
  const vault = new Vault(box);
  const versions = new Versions();
  const events = new EventLog(database);
  const audit = new AuditService(database, box, logger);
  const metrics = createMetrics(() => lostLines(logger));

  const passwords = new Passwords();
  const devices = new DeviceNotes(box);
  const revocations = new Revocations(logger);
  const credentials = new Credentials(database, revocations, logger);
  const credentialWatch = new CredentialWatch(database, revocations);
  const throttle = new AttemptThrottle((ip) => {
    logger.warn(
      { ip },
      'too many wrong passwords from one address: those who never signed in from there cannot sign in for up to 15 minutes. ' +
        'If it is the address of your proxy, name it in INTRALLM_TRUSTED_PROXIES, so that people are told apart by their own.',
    );
  });
  const onFailure = (reason: string): void => {
    metrics.signInFailures.inc({ reason });
  };
  const sessions = new SessionService({ database, passwords, throttle, devices, revocations, logger, onFailure });
  const users = new UserService(database, passwords, revocations);
  const tokens = new ApiTokenService(database, revocations);
  const setUp = new SetUp({ database, passwords, devices, logger, firstAdmin: config.firstAdmin });

  const outbound: OutboundClientOptions = {
    allowedNetworks: config.allowedNetworks,
    deniedNetworks: config.deniedNetworks,
    ownAddresses,
    ...(config.outboundProxy === null ? {} : { proxyUrl: config.outboundProxy }),
    ...(config.certificateAuthorities === null ? {} : { ca: config.certificateAuthorities }),
  };
  const hops = new Hops(box.auditMac('installation')?.slice(0, 16) ?? randomUUID());
  const client = createOutboundClient({ ...outbound, hop: hops.id });
  const providers = createProviders({ client });

  const managedSecrets = new ManagedSecrets();
  const linkedUrls = new LinkedUrls(database);
  const opener = new EndpointOpener({ database, vault, managedSecrets });
  const catalogue = new CatalogueService({ database, versions });
  const models = new ModelService({ database, versions });
  const connections = new ConnectionService({ database, vault, versions, catalogue });
  const removal = new ConnectionRemovalService({ database, vault, versions, catalogue });
  const keyReveal = new KeyRevealService({ database, connections, opener });
  const verification = new VerificationService({
    database,
    connections,
    opener,
    catalogue,
    linkedUrls,
    verify: (endpoint) => providers.verify(endpoint),
  });
  const managedConnections = new ManagedConnections({ database, versions, catalogue, managedSecrets, logger });
  const connectionLoaders = new ConnectionLoaders({ database, vault, linkedUrls, managedSecrets });
  const modelLoaders = new ModelLoaders({ database, models });
  const catalogueSize = new CatalogueSize({ database, versions });

  const tail = new EventTail({ events, doorbell, clock: systemClock, logger });
  const recorder = new HealthRecorder({ database, clock: systemClock, logger });
  const modelsInMemory = new ModelsInMemory();
  const monitor = new Monitor({
    database,
    versions,
    tail,
    recorder,
    opener,
    providers,
    applyDiscovery: (write, connection, found, isPart) => {
      write.afterCommit(() => modelsInMemory.put(connection.id, found));
      return catalogue.applyDiscovery(write, connection, found, isPart);
    },
    isInMemory: (connectionId, model) => modelsInMemory.holds(connectionId, model),
    logger,
    cadence: cadence ?? { ...DEFAULT_CADENCE, regularMs: config.checkIntervalMs },
  });
  const healthHistory = new HealthHistory({ database, recorder });
  const healthTransitions = new HealthTransitions({ database });
  const refreshes = new RefreshService({ database, monitor, logger });
  const statusFeed = new StatusFeed({ database, events, tail });

  const load = new EndpointLoad();
  const routing = new RoutingService({
    database,
    tail,
    logger,
    inMemory: modelsInMemory,
    followers: [
      load,
      {
        follow: (connection) => gatewayMetrics.follow(connection),
        remove: (connectionId) => gatewayMetrics.remove(connectionId),
      },
    ],
  });
  const dispatcher = createGuardedAgent(outbound);
  const forwarder = new Forwarder({
    routing,
    open: (connection, secrets) => opener.openWith(connection, secrets),
    dispatcher,
    observer: monitor,
    load,
    owners: new ResponseOwners(),
    hops,
  });
  const usageRecorder = new UsageRecorder({ database, clock: systemClock, logger });
  registerUsageMetrics(metrics.registry, usageRecorder);
  const gatewayMetrics = new GatewayMetrics({ registry: metrics.registry, table: routing.table, load });

  return {
    audit,
    bodyBudget: new BodyBudget(),
    tokenLimits: new TokenLimits(),
    requestAccounts: new RequestAccounts({ metrics: gatewayMetrics, usage: usageRecorder, table: routing.table }),
    catalogue,
    catalogueSize,
    forwarder,
    load,
    client,
    connectionLoaders,
    connections,
    credentials,
    credentialWatch,
    database,
    dispatcher,
    events,
    healthHistory,
    healthTransitions,
    hops,
    keyReveal,
    managedConnections,
    metrics,
    modelLoaders,
    models,
    monitor,
    refreshes,
    removal,
    routing,
    sessions,
    setUp,
    statusFeed,
    tail,
    tokens,
    usage: new UsageService({ database, clock: systemClock }),
    usageRecorder,
    usageRetention: new UsageRetention(database),
    users,
    vault,
    verification,
    version: ownVersion(),
    versions,
  };
}

function ownVersion(): string {
  const file = path.join(import.meta.dirname, '..', 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
