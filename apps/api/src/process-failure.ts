import type { Logger } from './log/logger.js';

/** Exit code of an error that nothing handled: EX_SOFTWARE of sysexits.h. */
const EXIT_SOFTWARE = 70;

/**
 * Ends the process at an error that nothing handled, with its line in the log: what the error left half done in memory
 * is not known, and the database holds what was acknowledged. Whoever watches the process starts it again.
 */
export function endOnUnhandledError(logger: Logger): void {
  const end = (error: unknown, origin: string): void => {
    // A fatal line is written before the call returns, with all lines that wait.
    logger.fatal({ err: error, origin }, 'an error was handled nowhere, and the server ends');
    process.exit(EXIT_SOFTWARE);
  };
  process.on('uncaughtException', end);
  process.on('unhandledRejection', (reason) => end(reason, 'unhandledRejection'));
  // Its reader may be gone; there is nobody left to tell.
  process.stderr.on('error', () => undefined);
}
