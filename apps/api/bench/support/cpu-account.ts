import { readFileSync } from 'node:fs';

/**
 * The kernel states times in these units, whatever its own clock does: USER_HZ of proc(5), the same on all usual
 * machines.
 */
const TICKS_PER_SECOND = 100;

/**
 * CPU time that a process has taken so far, user and system, of all its threads, in microseconds: the operating
 * system's own account, so nothing has to be put into the process. Throws where there is no /proc (only Linux has one).
 */
export function cpuMicroseconds(pid: number): number {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  // The name in brackets may hold blanks and brackets itself; utime and stime are fields 14 and 15, field 3 is the
  // first after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  return ((user + system) * 1_000_000) / TICKS_PER_SECOND;
}
