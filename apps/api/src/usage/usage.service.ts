import { can, requireAccount, type Actor } from '../auth/actor.js';
import { familyOf } from '../auth/tokens/token-family.js';
import type { Clock } from '../clock.js';
import type { Database } from '../database/database.js';
import { AppError, badInput, forbidden } from '../errors.js';
import { Audience } from '../models/audience.js';
import { QueryQueue } from './query/query-queue.js';
import { TimeZone } from './query/time-zone.js';
import { labelsOf } from './query/usage-labels.js';
import { planOf, type Bucket } from './query/usage-parts.js';
import { readUsage, type Group, type Question } from './query/usage-query.js';
import { firstBytePercentile } from './recording/first-byte-histogram.js';
import { OUTCOME_COUNTS, PLAIN_SUMS, type Dimension, type PlainSum } from './usage-columns.js';
import { DIMENSION_OF, type UsageFilter, type UsageGroup, type UsagePoint } from './usage.types.js';

/** Points of one answer: every minute of a week, of one connection. */
const MAX_POINTS = 11_000;
const MAX_FILTERED = 200;
/** Questions of all people together that may wait: each can take a second, and one request may ask twenty. */
const MAX_WAITING = 100;

export interface UsageQuestion {
  readonly from: Date;
  readonly to: Date;
  readonly bucket: Bucket;
  readonly groupBy: UsageGroup;
  readonly filter: UsageFilter;
  /** A name of the IANA database. */
  readonly timeZone: string;
}

interface Options {
  readonly database: Database;
  readonly clock: Clock;
}

/**
 * Tells what models were used for: a person their own, a token its own and that of tokens made by it, and all of it
 * with USAGE_READ, of the models that the credential sees.
 */
export class UsageService {
  readonly #turns = new QueryQueue(MAX_WAITING);

  constructor(private readonly options: Options) {}

  /**
   * By time, then key. Buckets that `from` or `to` lies within are counted whole. Throws FORBIDDEN without USAGE_READ
   * and CHAT, BAD_USER_INPUT naming the argument, QUERY_TOO_EXPENSIVE for more than 11,000 points, and RATE_LIMITED
   * where too many such questions wait.
   */
  async list(actor: Actor, question: UsageQuestion): Promise<UsagePoint[]> {
    const account = requireAccount(actor);
    const seesAll = can(account, 'USAGE_READ');
    if (!seesAll && !can(account, 'CHAT')) throw forbidden('This needs USAGE_READ, or CHAT for your own usage.');
    const { from, to, bucket, filter } = question;
    if (from.getTime() >= to.getTime()) throw badInput([{ field: 'to', message: 'Give an end after the beginning.' }]);
    const zone = TimeZone.find(question.timeZone);
    if (zone === null) {
      const message = 'Use a name of the IANA time zone database, such as Europe/Berlin.';
      throw badInput([{ field: 'timeZone', message }]);
    }
    const only = { ...checkFilter(filter) };
    if (!seesAll) only.userId = narrowed(only.userId, [account.userId]);
    // A token answers for itself and for what it made: its owner's other programs are none of its business.
    if (!seesAll && account.type === 'token') {
      const family = await familyOf(this.options.database.read, account.tokenId);
      only.tokenId = narrowed(only.tokenId, [account.tokenId, ...family.map(({ id }) => id)]);
    }
    const now = this.options.clock.now();
    const plan = planOf({ start: from.getTime(), end: to.getTime(), bucket, zone, now });
    const groupBy = DIMENSION_OF[question.groupBy];
    const audience = Audience.of(actor);
    const groups = await this.#read({ plan, groupBy, only, audience, limit: MAX_POINTS });
    const keys = [...new Set(groups.map(({ key }) => key))];
    // What connections are called is for those who may see them.
    const isNamed = groupBy !== 'connectionId' || seesAll || can(account, 'CONNECTIONS_READ');
    const labels = await labelsOf(this.options.database, groupBy, isNamed ? keys : keys.filter((key) => key === ''));
    return groups.map((group) => toPoint(group, labels.get(group.key) ?? group.key)).sort(byTimeAndKey);
  }

  async #read(question: Question): Promise<Group[]> {
    const groups = await this.#turns.take(() => readUsage(this.options.database, question));
    if (groups.length <= MAX_POINTS) return groups;
    throw new AppError(
      'QUERY_TOO_EXPENSIVE',
      'These are more than 11,000 points: ask for a shorter time, for longer buckets, or for less with filter.',
      { field: 'bucket' },
    );
  }
}

/** Those of one's own that are asked for; all of them where nothing is. */
const narrowed = (asked: readonly string[] | undefined, own: readonly string[]): readonly string[] => [
  ...new Set((asked ?? own).filter((id) => own.includes(id))),
];

const FIELDS: readonly (readonly [keyof UsageFilter, Dimension])[] = [
  ['connectionIds', 'connectionId'],
  ['models', 'model'],
  ['userIds', 'userId'],
  ['tokenIds', 'tokenId'],
];

function checkFilter(filter: UsageFilter): Partial<Record<Dimension, readonly string[]>> {
  const only: Partial<Record<Dimension, readonly string[]>> = {};
  for (const [field, dimension] of FIELDS) {
    const values = filter[field];
    if (values == null) continue;
    if (values.length > MAX_FILTERED) {
      throw badInput([{ field: `filter.${field}`, message: `Use at most ${String(MAX_FILTERED)} entries.` }]);
    }
    // PostgreSQL has no NUL in its texts, so nothing with one is stored.
    only[dimension] = values.filter((value) => !value.includes('\0'));
  }
  return only;
}

function toPoint({ at, key, sums }: Group, label: string): UsagePoint {
  const sum = (name: PlainSum): number => sums[PLAIN_SUMS.indexOf(name)] ?? 0;
  const firstBytes = sums.slice(PLAIN_SUMS.length);
  return {
    at,
    key,
    label,
    requests: OUTCOME_COUNTS.reduce((all, name) => all + sum(name), 0),
    complete: sum('complete'),
    upstreamErrors: sum('upstreamErrors'),
    truncated: sum('truncated'),
    clientAborts: sum('clientAborts'),
    rejected: sum('rejected'),
    promptTokens: sum('promptReports') === 0 ? null : sum('promptTokens'),
    completionTokens: sum('completionReports') === 0 ? null : sum('completionTokens'),
    uncounted: sum('uncounted'),
    p50FirstByteMs: firstBytePercentile(firstBytes, 0.5),
    p95FirstByteMs: firstBytePercentile(firstBytes, 0.95),
  };
}

function byTimeAndKey(one: UsagePoint, other: UsagePoint): number {
  const later = one.at.getTime() - other.at.getTime();
  if (later !== 0) return later;
  return one.key < other.key ? -1 : 1;
}
