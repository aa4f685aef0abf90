import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** A process of the bench's own: a module that calls `answerCalls`, called by name. */
export interface Child<Calls> {
  readonly pid: number;
  call<Name extends keyof Calls & string>(name: Name, ...rest: Argument<Calls[Name]>): Promise<Answer<Calls[Name]>>;
  close(): Promise<void>;
}

type Argument<Call> = Call extends (argument: infer One) => unknown ? (unknown extends One ? [] : [One]) : [];
type Answer<Call> = Call extends (...given: never[]) => infer Given ? Awaited<Given> : never;

interface Question {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

interface Reply {
  readonly id: number;
  readonly answer?: unknown;
  readonly error?: string;
}

/** Starts a module of `servers` or `support` in a process of its own. It ends with this one, whatever happens. */
export function startChild<Calls>(file: URL): Child<Calls> {
  const child = fork(file, { serialization: 'advanced', execArgv: [...process.execArgv, '--no-warnings'] });
  const waiting = new Map<number, { resolve: (answer: never) => void; reject: (error: Error) => void }>();
  let count = 0;
  child.on('message', (message) => {
    const { id, answer, error } = message as Reply;
    const asked = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) asked?.resolve(answer as never);
    else asked?.reject(new Error(error));
  });
  child.once('exit', (code, signal) => {
    for (const asked of waiting.values()) asked.reject(new Error(`${file.pathname} ended: ${code ?? signal ?? ''}`));
  });
  return {
    pid: child.pid ?? Number.NaN,
    call: (name, ...rest) =>
      new Promise((resolve, reject) => {
        const id = ++count;
        const [argument]: readonly unknown[] = rest;
        waiting.set(id, { resolve, reject });
        child.send({ id, name, argument } satisfies Question);
      }),
    close: () => endProcess(child),
  };
}

/** In the child: answers what the parent calls. */
export function answerCalls<Calls extends object>(calls: Calls): void {
  const byName = calls as Record<string, ((argument: unknown) => unknown) | undefined>;
  const answer = async ({ id, name, argument }: Question): Promise<Reply> => {
    try {
      return { id, answer: await byName[name]?.(argument) };
    } catch (error) {
      return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
  };
  process.on('message', (message) => void answer(message as Question).then((reply) => process.send?.(reply)));
  process.once('disconnect', () => process.exit());
}

/** Asks it to end, and ends it where it has not after 10 s. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(force);
}
