import path from 'node:path';
import { parseArgs } from 'node:util';
import { DEMO_FIRST_PORT, demoEndpoints, startDemoEndpoints, type DemoEndpoint } from '@intrallm/simulator';
import { startApp, type App } from './app.js';
import { system } from './auth/actor.js';
import { loadConfig, type Config } from './config.js';
import { createLogger } from './log/logger.js';

// The product beside a handful of simulated endpoints, already linked, for people who have none at hand. It keeps its
// data apart, so that trying it never touches an installation. `--first-port N` where the usual ports are taken;
// `--open URL` names the address to open, where something else than this process serves the admin app (`npm run dev`).

const EMAIL = 'admin@example.org';
const PASSWORD = 'demo password';

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { 'first-port': { type: 'string' }, open: { type: 'string' } } });
  const endpoints = demoEndpoints(Number(values['first-port'] ?? DEMO_FIRST_PORT));
  const settings = loadConfig();
  const dataDirectory = path.resolve(settings.dataDirectory, 'demo');
  const config: Config = {
    ...settings,
    dataDirectory,
    database: { kind: 'sqlite', file: path.join(dataDirectory, 'intrallm.db') },
    masterKeys: null,
    firstAdmin: { email: EMAIL, password: PASSWORD },
    managed: [],
  };
  const logger = createLogger({ level: 'warn' });
  const simulators = await startDemoEndpoints(endpoints);
  const app = await startApp(config, logger);
  await linkEndpoints(app, endpoints);
  process.stdout.write(
    `\nOpen ${values.open ?? app.url} and sign in as ${EMAIL} with the password "${PASSWORD}". Ctrl-C ends it.\n`,
  );
  const stop = (): void => {
    Promise.all([app.close(), ...simulators.map((simulator) => simulator.close())]).then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

/** Links what an earlier start did not; what somebody renamed or removed meanwhile is linked by its URL only once. */
async function linkEndpoints({ services }: App, endpoints: readonly DemoEndpoint[]): Promise<void> {
  const linked = new Set((await services.connections.list()).map(({ url }) => url));
  for (const { name, kind, url, apiKey } of endpoints) {
    if (!linked.has(url)) await services.connections.add(system('demo'), { name, kind, url, apiKey }, 'input');
  }
}

main().catch((error: unknown) => {
  process.stderr.write(
    `The demonstration could not start: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exit(1);
});
