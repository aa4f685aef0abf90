import { pino, type DestinationStream, type Logger } from 'pino';

export type { Logger };

/** Paths that never reach a log line, whoever passes such an object by mistake. */
const SECRET_PATHS = ['apiKey', 'password', 'token', 'authorization', 'cookie', 'parameters', 'query'].flatMap(
  (name) => [name, `*.${name}`, `*.*.${name}`],
);

/** Lines are written some at a time: one by one they would cost a busy server as much as the requests they tell of. */
const OUTPUT = {
  sync: false,
  minLength: 4_096,
  /** Milliseconds until those that came alone are written as well. */
  periodicFlush: 100,
  /** What waits while standard output takes none; what comes beyond it is lost. */
  maxLength: 16 * 1024 * 1024,
};

/**
 * JSON lines on standard output, within 100 ms, and before the process ends by itself. Errors keep type, message, stack and cause, and lose what a database driver hangs on
 * them (the statement with its parameters).
 */
export function createLogger(options: { level: string; destination?: DestinationStream }): Logger {
  const logger = {
    level: options.level,
    base: null,
    redact: { paths: SECRET_PATHS, censor: '[hidden]' },
    timestamp: timestamp(),
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: describeError },
  };
  const { destination = pino.destination({ dest: 1, ...OUTPUT }) } = options;
  return pino(logger, destination);
}

/** The time in ISO format, written anew only when it is another: there are many lines in a busy millisecond. */
function timestamp(): () => string {
  let [at, text] = [0, ''];
  return () => {
    const now = Date.now();
    if (now !== at) [at, text] = [now, `,"time":"${new Date(now).toISOString()}"`];
    return text;
  };
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
