import { once } from 'node:events';
import { WebSocket } from 'ws';
import { answerCalls } from './child.js';

/** Many sockets of one process that all wait for the same news. */
export interface SubscribersCalls {
  /** Opens them under a name, and waits until each has been told what `isOpenAt` says. Gives one of the frames. */
  open(options: OpenOptions): Promise<void>;
  /** From now on waits for one more frame with this text on each socket. */
  expect(options: { group: string; text: string }): void;
  /** When each of them got it, and what was lost or came twice. */
  arrived(group: string): Promise<Arrivals>;
}

interface OpenOptions {
  readonly group: string;
  readonly url: string;
  readonly protocol?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly count: number;
  /** What a client says: the next message each time it is told the text beside it; the last one needs no message. */
  readonly talk: readonly { readonly say: string; readonly until: string }[];
}

export interface Arrivals {
  /** As Date.now. */
  readonly at: readonly number[];
  readonly lost: number;
  readonly tooMany: number;
  /** One of the frames. */
  readonly frame: string;
}

const TOGETHER = 100;
const WITHIN_MS = 20_000;
/** After the last one, for those that come twice. */
const QUIET_MS = 200;

interface Group {
  readonly sockets: WebSocket[];
  text: string | null;
  counts: number[];
  at: number[];
  frame: string;
}

const groups = new Map<string, Group>();

async function open(options: OpenOptions): Promise<void> {
  const group: Group = { sockets: [], text: null, counts: [], at: [], frame: '' };
  groups.set(options.group, group);
  while (group.sockets.length < options.count) {
    const sockets = await Promise.all(Array.from({ length: TOGETHER }, () => openOne(options)));
    for (const socket of sockets) listen(group, group.sockets.push(socket) - 1);
  }
}

async function openOne({ url, protocol, headers, talk }: OpenOptions): Promise<WebSocket> {
  const socket = new WebSocket(url, protocol ?? [], { headers: { ...headers }, perMessageDeflate: false });
  await once(socket, 'open');
  for (const { say, until } of talk) {
    const told = new Promise<void>((resolve, reject) => {
      const hear = (data: Buffer): void => {
        if (!data.includes(until)) return;
        socket.off('message', hear).off('close', fail);
        resolve();
      };
      const fail = (code: number): void => reject(new Error(`the socket was closed: ${code}`));
      socket.on('message', hear).on('close', fail);
    });
    socket.send(say);
    await told;
  }
  return socket;
}

function listen(group: Group, index: number): void {
  group.sockets[index]?.on('message', (data: Buffer) => {
    if (group.text === null || !data.includes(group.text)) return;
    const count = (group.counts[index] ?? 0) + 1;
    group.counts[index] = count;
    if (count > 1) return;
    group.at.push(Date.now());
    if (group.at.length === 1) group.frame = data.toString();
  });
}

function groupOf(name: string): Group {
  const group = groups.get(name);
  if (group === undefined) throw new Error(`no ${name} was opened`);
  return group;
}

async function arrived(name: string): Promise<Arrivals> {
  const group = groupOf(name);
  const deadline = Date.now() + WITHIN_MS;
  while (group.at.length < group.sockets.length && Date.now() < deadline) await pause(50);
  await pause(QUIET_MS);
  const tooMany = group.counts.filter((count) => count > 1).length;
  return { at: group.at, lost: group.sockets.length - group.at.length, tooMany, frame: group.frame };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

answerCalls<SubscribersCalls>({
  open,
  expect: ({ group, text }) => {
    Object.assign(groupOf(group), { text, counts: [], at: [], frame: '' });
  },
  arrived,
});
