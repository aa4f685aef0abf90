const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A stretch of time, the end not included, in milliseconds since the epoch. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** A day as calendars have it: 23 or 25 hours long where clocks change. */
export interface LocalDay extends Stretch {
  /** Midnight of the same date in UTC. */
  readonly utcMidnight: number;
}

/** An area of the IANA time zone database, with its changes of clocks. */
export class TimeZone {
  readonly isUtc: boolean;
  readonly #format: Intl.DateTimeFormat;

  private constructor(format: Intl.DateTimeFormat) {
    this.#format = format;
    this.isUtc = format.resolvedOptions().timeZone === 'UTC';
  }

  /** Null where there is no zone of that name. Mere offsets are no zones. */
  static find(name: string): TimeZone | null {
    if (!/^[A-Za-z]/.test(name)) return null;
    try {
      return new TimeZone(
        new Intl.DateTimeFormat('en-US', {
          ...{ timeZone: name, calendar: 'gregory', hourCycle: 'h23' },
          ...{
            year: 'numeric',
            month: 'numeric',
            day: 'numeric',
            hour: 'numeric',
            minute: 'numeric',
            second: 'numeric',
          },
        }),
      );
    } catch (error) {
      if (error instanceof RangeError) return null;
      throw error;
    }
  }

  /** What its clocks show more than those of UTC, in milliseconds. */
  offset(at: number): number {
    const second = Math.floor(at / 1_000) * 1_000;
    const parts: Record<string, number> = {};
    for (const { type, value } of this.#format.formatToParts(second)) parts[type] = Number(value);
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second: ofMinute = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, ofMinute) - second;
  }

  /** The days that touch the stretch, each whole. */
  days({ start, end }: Stretch): LocalDay[] {
    const days: LocalDay[] = [];
    let utcMidnight = this.#dateOf(start);
    let from = this.#startOfDay(utcMidnight);
    while (from < end) {
      const next = this.#startOfDay(utcMidnight + DAY_MS);
      // A date that a zone left out, as Samoa did in 2011, has no time in it.
      if (next > from) days.push({ start: from, end: next, utcMidnight });
      utcMidnight += DAY_MS;
      from = next;
    }
    return days;
  }

  /** The hours that touch the stretch, each whole: from one full hour on its clocks, or a change of them, to the next. */
  hours({ start, end }: Stretch): Stretch[] {
    const hours: Stretch[] = [];
    let from = this.#startOfHour(start);
    while (from < end) {
      const next = from + HOUR_MS - this.#pastHour(from);
      hours.push({ start: from, end: next });
      from = next;
    }
    return hours;
  }

  /** Midnight of its date, in UTC. */
  #dateOf(at: number): number {
    return Math.floor((at + this.offset(at)) / DAY_MS) * DAY_MS;
  }

  /** The first instant of that date, which is not always midnight. */
  #startOfDay(utcMidnight: number): number {
    const before = utcMidnight - this.offset(utcMidnight - DAY_MS);
    const after = utcMidnight - this.offset(utcMidnight + DAY_MS);
    const [earlier, later] = before < after ? [before, after] : [after, before];
    return this.#dateOf(earlier) >= utcMidnight ? earlier : later;
  }

  #pastHour(at: number): number {
    return (((at + this.offset(at)) % HOUR_MS) + HOUR_MS) % HOUR_MS;
  }

  #startOfHour(at: number): number {
    const start = at - this.#pastHour(at);
    // Clocks that changed by half an hour since then, as on Lord Howe Island: the hour begins with the change.
    const past = this.#pastHour(start);
    return past === 0 ? start : start + HOUR_MS - past;
  }
}
