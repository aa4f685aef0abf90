import { pino, symbols, type DestinationStream, type Level, type Logger } from 'pino';
import { LogOutput, standardOutput } from './log-output.js';

export type { Logger };

/** Paths that never reach a log line, whoever passes such an object by mistake. */
const SECRET_PATHS = ['apiKey', 'password', 'token', 'authorization', 'cookie', 'parameters', 'query'].flatMap(
  (name) => [name, `*.${name}`, `*.*.${name}`],
);

/**
 * JSON lines on standard output, within 100 ms, and before the process ends by itself. Errors keep type, message, stack
 * and cause, and lose what a database driver hangs on them (the statement with its parameters).
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
  return pino(logger, options.destination ?? bufferedOutput());
}

/** Lines that this logger had to drop, because they could not be written. */
export function lostLines(logger: Logger): number {
  const destination = outputOf(logger);
  return destination instanceof LogOutput ? destination.lost : 0;
}

const outputOf = (logger: Logger): DestinationStream | undefined =>
  (logger as unknown as Record<symbol, DestinationStream>)[symbols.streamSym];

let output: LogOutput | null = null;

/** The one of the process, as standard output is. What waits is written also when the process ends by itself. */
function bufferedOutput(): LogOutput {
  if (output !== null) return output;
  const time = timestamp();
  const made = new LogOutput({ sink: standardOutput(), noticeFields: () => `"level":"warn"${time()}` });
  process.once('exit', () => made.flushSync());
  return (output = made);
}

/**
 * Writes lines whose fields are JSON already: for those that come with every request, where looking for what could be a
 * secret and for how each value is written costs as much as everything else that a request is told about.
 */
export function lineWriter(logger: Logger): (level: Level, fields: string, message: string) => void {
  const destination = outputOf(logger);
  const time = timestamp();
  return (level, fields, message) => {
    if (!logger.isLevelEnabled(level)) return;
    destination?.write(`{"level":"${level}"${time()},${fields},"msg":"${message}"}\n`);
  };
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
