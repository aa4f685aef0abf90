import { readFileSync } from 'node:fs';

/** How many files and connections this process may have open at a time; null: not known. */
export function openFilesLimit(): number | null {
  return fromProc() ?? fromReport();
}

/** On Linux. Node.js itself raises the soft limit to the hard one when it starts. */
function fromProc(): number | null {
  try {
    const [, soft] = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return numberOf(soft);
  } catch {
    // Another system than Linux, or one that hides the limit.
    return null;
  }
}

function fromReport(): number | null {
  if (process.platform === 'win32') return null;
  const report = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } };
  return numberOf(report.userLimits?.open_files?.soft);
}

function numberOf(told: unknown): number | null {
  const limit = Number(told);
  return Number.isInteger(limit) && limit > 0 ? limit : null;
}

/** No more than this, whatever the system allows: each connection costs memory. */
const MOST_CONNECTIONS = 20_000;
/** For endpoints, the database, its files and the log. */
const KEPT = { share: 0.25, atLeast: 100 };
const LEAST_CONNECTIONS = 16;

/** How many connections callers may have open together. The rest is for endpoints, the database and files. */
export function connectionsOf(openFiles: number | null): number {
  if (openFiles === null) return MOST_CONNECTIONS;
  const kept = Math.max(KEPT.atLeast, Math.ceil(openFiles * KEPT.share));
  return Math.min(MOST_CONNECTIONS, Math.max(LEAST_CONNECTIONS, openFiles - kept));
}
