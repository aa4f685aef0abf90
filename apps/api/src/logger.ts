import { pino, type DestinationStream, type Logger } from 'pino';

export type { Logger };

/** Paths that never reach a log line, whoever passes such an object by mistake. */
const SECRET_PATHS = ['apiKey', 'password', 'token', 'authorization', 'cookie', 'parameters', 'query'].flatMap(
  (name) => [name, `*.${name}`, `*.*.${name}`],
);

/** Lines that wait while standard output takes none; what comes beyond them is lost. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

/**
 * JSON lines on standard output: those that come while one is being written go together with the next, and all of them
 * before the process ends by itself. Errors keep type, message, stack and cause, and lose what a database driver hangs on
 * them (the statement with its parameters).
 */
export function createLogger(options: { level: string; destination?: DestinationStream }): Logger {
  const logger = {
    level: options.level,
    base: null,
    redact: { paths: SECRET_PATHS, censor: '[hidden]' },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: describeError },
  };
  const { destination = pino.destination({ dest: 1, sync: false, maxLength: MAX_WAITING_BYTES }) } = options;
  return pino(logger, destination);
}

/** An error as plain data for a log line; nested causes included, five deep at most. */
function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return { message: String(error) };
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === 'string' ? { code } : {}),
    stack: error.stack,
    ...(error.cause === undefined || depth >= 5 ? {} : { cause: describeError(error.cause, depth + 1) }),
  };
}
