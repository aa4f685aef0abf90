import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

/** RFC 3339, section 5.6: date, time and offset are all required; the letters may be small. */
const RFC_3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ]([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** An instant in the schema: any RFC 3339 text in, a Date in code, UTC with three digits out. */
export const DateTime = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  description:
    'An instant. In: any RFC 3339 date and time with its offset. Out: always UTC with three digits, such as "2026-11-23T13:11:34.662Z".',
  specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time',
  parseValue: parseInstant,
  parseLiteral: (node) => {
    if (node.kind !== Kind.STRING) throw notAnInstant();
    return parseInstant(node.value);
  },
  serialize: (value) => {
    if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
    throw new TypeError('DateTime needs a valid Date');
  },
});

function parseInstant(value: unknown): Date {
  const parts = typeof value === 'string' ? RFC_3339.exec(value) : null;
  if (parts === null || !isCalendarDay(Number(parts[1]), Number(parts[2]), Number(parts[3]))) throw notAnInstant();
  const [text] = parts;
  // A leap second is the instant after second 59, and Date reads neither small letters nor more than three digits
  // reliably.
  const leap = parts[6] === '60';
  const plain = text
    .toUpperCase()
    .replace(' ', 'T')
    .replace(/:60(?=[.Z+-])/, ':59')
    .replace(/\.(\d{1,3})\d*/, '.$1');
  const instant = new Date(plain);
  if (Number.isNaN(instant.getTime())) throw notAnInstant();
  return leap ? new Date(Math.floor(instant.getTime() / 1000) * 1000 + 1000) : instant;
}

/** Date rolls "02-30" over into March: that is no day anybody meant. */
function isCalendarDay(year: number, month: number, day: number): boolean {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

const notAnInstant = () =>
  new GraphQLError('DateTime must be an RFC 3339 date and time with an offset, such as "2026-11-23T13:11:34.662Z".');
