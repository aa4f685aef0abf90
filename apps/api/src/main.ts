import { startApp } from './app.js';
import { postgresTrouble } from './config/postgres-problem.js';
import { ConfigError, loadConfig, type Config } from './config.js';
import { createLogger } from './log/logger.js';
import { endOnUnhandledError } from './process-failure.js';
import { showSetUpLink } from './set-up-link.js';
import { startProblem } from './start-problem.js';

/** Exit code of a setting that cannot be used: EX_CONFIG of sysexits.h. */
const EXIT_CONFIG = 78;
/** Requests under way get this long to finish. */
const SHUTDOWN_MS = 10_000;

async function main(): Promise<void> {
  let config: Config;
  try {
    config = loadConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = EXIT_CONFIG;
    return;
  }
  const logger = createLogger({ level: config.logLevel });
  endOnUnhandledError(logger);
  try {
    const app = await startApp(config, logger);
    logger.info({ url: app.url, listensOn: app.listensOn }, `IntraLLM Connections is ready at ${app.url}`);
    logger.flush();
    if (app.setUpLink !== null) showSetUpLink(app.setUpLink, [process.stdout, process.stderr]);
    let stopping = false;
    const stop = (signal: NodeJS.Signals): void => {
      if (stopping) return;
      stopping = true;
      logger.info({ signal }, 'stopping');
      setTimeout(() => process.exit(1), SHUTDOWN_MS).unref();
      app.close().then(
        () => process.exit(0),
        (error: unknown) => {
          logger.error({ err: error }, 'stopping failed');
          process.exit(1);
        },
      );
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  } catch (error) {
    const problem = startProblem(error, config);
    if (problem !== null) {
      process.stderr.write(`${problem.message}\n`);
      process.exitCode = EXIT_CONFIG;
      return;
    }
    logger.fatal({ err: error }, `the server could not start${why(error, config)}`);
    // A handle that failed to open must not keep the process: there is nothing to serve.
    process.exit(1);
  }
}

/** What may be over in a moment, in words; '' where the error itself has to do. */
function why(error: unknown, { host, port, database }: Config): string {
  const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
  if (isTaken) return `: something else listens on ${host}:${String(port)} already. Set PORT to another one`;
  const trouble = postgresTrouble(error, database);
  return trouble === null ? '' : `: ${trouble}`;
}

void main();
