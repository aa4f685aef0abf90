// Loaded into the product before it starts, by a test: finds the longest stretch in which the event loop did one thing
// only.
//
// A stretch is told in CPU time of the main thread, so that a busy machine, which stops the process in the middle of
// it, does not make it longer. Linux accounts it for each thread; elsewhere the process's CPU time is taken, other
// threads included. Neither can be more than the time on the clock, so the smaller of both counts. The kernel brings
// its account up to date each 4 ms or sooner.
import { openSync, readSync } from 'node:fs';

const bytes = Buffer.alloc(128);
const cpuMs = threadAccount() ?? (() => Object.values(process.cpuUsage()).reduce((sum, one) => sum + one, 0) / 1_000);

function threadAccount() {
  try {
    // The main thread has the id of its process.
    const file = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
    return () => Number(bytes.toString('latin1', 0, readSync(file, bytes, 0, bytes.length, 0)).split(' ', 1)[0]) / 1e6;
  } catch {
    return null;
  }
}

let [longestMs, cpu, clock] = [0, cpuMs(), performance.now()];

function measure() {
  const [nowCpu, nowClock] = [cpuMs(), performance.now()];
  longestMs = Math.max(longestMs, Math.min(nowCpu - cpu, nowClock - clock));
  [cpu, clock] = [nowCpu, nowClock];
}

// It fires once in each turn of the loop, or each millisecond while turns are short.
setInterval(measure, 1).unref();

process.on('message', (message) => {
  // The turn that this message waited for is part of what it asks about.
  measure();
  if (message === 'longest') process.send?.({ longestMs });
  if (message === 'begin') {
    longestMs = 0;
    process.send?.({ longestMs });
  }
});
// The product ends as if nobody talked to it.
process.channel?.unref();
