import type { Logger } from '../log/logger.js';
import type { AuditService } from './audit.service.js';

const HOUR_MS = 3_600_000;

/**
 * Writes the head of the audit chain to the log of the server, at once and then every hour, so that a tail cut from the
 * database shows against logs that are kept elsewhere. Gives the function that stops it.
 */
export function startHeadLog(audit: AuditService, logger: Logger, everyMs: number = HOUR_MS): () => void {
  const write = (): void => {
    audit.head().then(
      (head) => {
        logger.info(head, 'head of the audit log');
      },
      (err: unknown) => {
        logger.warn({ err }, 'the head of the audit log could not be read');
      },
    );
  };
  write();
  const timer = setInterval(write, everyMs);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}
