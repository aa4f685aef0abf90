import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

// The product as it is built, in this process, with a second address at which its memory can be asked for.

/** What `GET /` of that address answers. Bytes, but for the last. */
export interface Watched {
  /** After two forced collections. */
  readonly heapUsed: number;
  readonly rss: number;
  /** The most memory since the last question; null where the system does not tell. */
  readonly peakRss: number | null;
  /** The longest time since the last question in which nothing else could be done. */
  readonly longestTaskMs: number;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();

function watched(): Watched {
  const longestTaskMs = delay.max / 1e6;
  const peakRss = takePeak();
  collect();
  collect();
  const { heapUsed, rss } = process.memoryUsage();
  delay.reset();
  return { heapUsed, rss, peakRss, longestTaskMs };
}

/** proc(5): writing 5 to clear_refs begins a new peak. */
function takePeak(): number | null {
  try {
    const peak = /VmHWM:\s*(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return peak === undefined ? null : Number(peak) * 1024;
  } catch {
    return null;
  }
}

function beginPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Not Linux: there is no peak to be told.
  }
}

createServer((_request, response) => {
  const answer = JSON.stringify(watched());
  beginPeak();
  response.end(answer, () => delay.reset());
}).listen(Number(process.env['BENCH_WATCH_PORT']), '127.0.0.1');

await import('../../src/main.js');
