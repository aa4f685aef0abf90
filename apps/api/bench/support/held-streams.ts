import { request } from 'node:http';
import { answerCalls } from './child.js';

/** Many streams held at once, and how late each of their frames came. */
export interface HeldStreamsCalls {
  /**
   * Milliseconds from when a frame was sent until it came, of all frames; throws where a stream was cut or lacks
   * frames.
   */
  hold(streams: Held): Promise<number[]>;
}

interface Held {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly count: number;
  readonly frames: number;
  /** The streams begin one after the other within this time, so that their frames do not all come at once. */
  readonly beginWithinMs: number;
}

function hold({ url, headers, body, frames }: Held, late: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: 'POST', headers, agent: false }, (response) => {
      let rest = '';
      let seen = 0;
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        const now = performance.timeOrigin + performance.now();
        const events = (rest + text).split('\n\n');
        rest = events.pop() ?? '';
        for (const event of events) {
          const at = /"at":([\d.]+)/.exec(event)?.[1];
          if (at === undefined) continue;
          seen += 1;
          late.push(now - Number(at));
        }
      });
      response.on('end', () => {
        if (response.statusCode === 200 && seen === frames) resolve();
        else reject(new Error(`a stream of status ${response.statusCode} had ${seen} of ${frames} frames`));
      });
      response.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

answerCalls<HeldStreamsCalls>({
  hold: async (held) => {
    const late: number[] = [];
    const all = Array.from({ length: held.count }, async (_, index) => {
      await new Promise((resolve) => setTimeout(resolve, (index * held.beginWithinMs) / held.count));
      await hold(held, late);
    });
    await Promise.all(all);
    return late;
  },
});
