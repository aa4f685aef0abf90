const QUARTER_MS = 900_000;
const HOUR_MS = 4 * QUARTER_MS;
const DAY_MS = 24 * HOUR_MS;

/** A stretch of time, the end not included, in milliseconds since the epoch. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
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
          timeZone: name,
          calendar: 'gregory',
          hourCycle: 'h23',
          year: 'numeric',
          month: 'numeric',
          day: 'numeric',
          hour: 'numeric',
          minute: 'numeric',
          second: 'numeric',
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

  /** The parts of the stretch within which clocks are not changed. */
  steady({ start, end }: Stretch): (Stretch & { readonly offset: number })[] {
    const parts: (Stretch & { readonly offset: number })[] = [];
    for (let from = start; from < end;) {
      const offset = this.offset(from);
      let to = from;
      while (to < end && this.offset(to) === offset) to += DAY_MS;
      const change = this.offset(to) === offset ? end : this.#changeBefore(to, offset);
      parts.push({ start: from, end: Math.min(change, end), offset });
      from = change;
    }
    return parts;
  }

  /** The date on its clocks, as the midnight of that date in UTC. */
  dateOf(at: number): number {
    return Math.floor((at + this.offset(at)) / DAY_MS) * DAY_MS;
  }

  /** The first instant of a date, which is not always midnight. */
  startOfDate(date: number): number {
    const before = date - this.offset(date - DAY_MS);
    const after = date - this.offset(date + DAY_MS);
    const [earlier, later] = before < after ? [before, after] : [after, before];
    return this.dateOf(earlier) >= date ? earlier : later;
  }

  /** When the hour began that its clocks show; where they were put to half past since, that moment. */
  startOfHour(at: number): number {
    const start = at - this.#pastHour(at);
    const past = this.#pastHour(start);
    return past === 0 ? start : start + HOUR_MS - past;
  }

  /** The day that the instant is in: 23 or 25 hours where clocks are changed. */
  dayAround(at: number): Stretch {
    const date = this.dateOf(at);
    return { start: this.startOfDate(date), end: this.startOfDate(date + DAY_MS) };
  }

  /** The hour on its clocks that the instant is in. */
  hourAround(at: number): Stretch {
    const start = this.startOfHour(at);
    return { start, end: start + HOUR_MS - this.#pastHour(start) };
  }

  #pastHour(at: number): number {
    return (((at + this.offset(at)) % HOUR_MS) + HOUR_MS) % HOUR_MS;
  }

  /** The change from that offset within the day that ends then. All changes are at full quarters of an hour. */
  #changeBefore(end: number, offset: number): number {
    let low = Math.floor((end - DAY_MS) / QUARTER_MS);
    let high = Math.ceil(end / QUARTER_MS);
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.offset(middle * QUARTER_MS) === offset) low = middle;
      else high = middle;
    }
    return high * QUARTER_MS;
  }
}
