// Bytes → events. Pure: they never touch the bytes they look at, so that a tap can stand beside a stream that is passed
// on.

export interface SseEvent {
  /** "message" where the stream names none. */
  readonly event: string;
  readonly data: string;
  readonly id: string | null;
}

export interface StreamParser<T> {
  /** Whatever became complete with these bytes, in order. Cuts may fall anywhere, also inside a character. */
  push(bytes: Uint8Array): T[];
  /** What was left unfinished when the stream ended; the parser is used up. */
  end(): T[];
}

export interface StreamParserOptions {
  /** Longest line, and longest data of one event, in characters. Default: 4 Mi. */
  readonly maxLength?: number;
  /** Called once for every line or event that was dropped because it is longer. */
  readonly onOverflow?: () => void;
}

const DEFAULT_MAX_LENGTH = 4 * 1024 * 1024;

/**
 * Server-Sent Events as the HTML standard defines them (section 9.2.6), but that an event whose closing blank line is
 * missing at the end of the stream is delivered too: model servers leave it out. Comments, `retry` and events without
 * data give nothing.
 */
export function createSseParser(options: StreamParserOptions = {}): StreamParser<SseEvent> {
  const maxLength = options.maxLength ?? DEFAULT_MAX_LENGTH;
  const lines = createLineSplitter({ ...options, isCarriageReturnLineEnd: true });
  let data: string[] = [];
  let length = 0;
  let isTooLong = false;
  let event = '';
  let id: string | null = null;

  const dispatch = (events: SseEvent[]): void => {
    event ||= 'message';
    if (data.length > 0 && !isTooLong) events.push({ event, data: data.join('\n'), id });
    if (data.length > 0) data = [];
    length = 0;
    isTooLong = false;
    event = '';
  };
  const readLine = (line: string, events: SseEvent[]): void => {
    if (line === '') {
      dispatch(events);
      return;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'data') {
      // With the line ends between them: empty lines without end would be kept as well.
      length += value.length + (data.length === 0 ? 0 : 1);
      if (length <= maxLength) data.push(value);
      else if (!isTooLong) {
        isTooLong = true;
        data = [''];
        options.onOverflow?.();
      }
    } else if (field === 'event') event = value;
    else if (field === 'id' && !value.includes('\0')) id = value;
  };
  const readLines = (read: readonly string[]): SseEvent[] => {
    const events: SseEvent[] = [];
    for (const line of read) readLine(line, events);
    return events;
  };
  return {
    push: (bytes) => readLines(lines.push(bytes)),
    end: () => {
      const events = readLines(lines.end());
      dispatch(events);
      return events;
    },
  };
}

/**
 * Lines of JSON, parsed; blank lines give nothing, and a line that is no JSON gives undefined. The last needs no line
 * end.
 */
export function createJsonLineParser(options: StreamParserOptions = {}): StreamParser<unknown> {
  const lines = createLineSplitter({ ...options, isCarriageReturnLineEnd: false });
  const parse = (line: string): unknown[] => {
    const text = line.trim();
    return text === '' ? [] : [parseJson(text)];
  };
  return {
    push: (bytes) => lines.push(bytes).flatMap(parse),
    end: () => lines.end().flatMap(parse),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Told apart from every JSON value: the caller decides whether nonsense ends the stream.
    return undefined;
  }
}

interface LineSplitterOptions extends StreamParserOptions {
  readonly isCarriageReturnLineEnd: boolean;
}

/** Lines without their ends. A line over the cap is skipped to its end without being held. */
function createLineSplitter(options: LineSplitterOptions): StreamParser<string> {
  const maxLength = options.maxLength ?? DEFAULT_MAX_LENGTH;
  // A byte order mark at the start is dropped by the decoder, as the standard wants.
  const decoder = new TextDecoder('utf-8');
  let parts: string[] = [];
  let length = 0;
  let isSkipping = false;
  let endedInCarriageReturn = false;

  const append = (part: string) => {
    if (part === '' || isSkipping) return;
    length += part.length;
    if (length <= maxLength) {
      parts.push(part);
      return;
    }
    isSkipping = true;
    parts = [];
    options.onOverflow?.();
  };
  const finish = (found: string[]): void => {
    if (!isSkipping) found.push(parts.join(''));
    if (parts.length > 0) parts = [];
    length = 0;
    isSkipping = false;
  };
  const split = (decoded: string): string[] => {
    if (decoded === '') return [];
    // A CR at the end of the last part ended its line already: the LF of a CRLF must not end another.
    const text = endedInCarriageReturn && decoded.startsWith('\n') ? decoded.slice(1) : decoded;
    endedInCarriageReturn = options.isCarriageReturnLineEnd && decoded.endsWith('\r');
    const found: string[] = [];
    const nextEnd = endsOf(text, options.isCarriageReturnLineEnd);
    let from = 0;
    for (let end = nextEnd(from); end !== -1; end = nextEnd(from)) {
      if (end > from) append(text.slice(from, end));
      finish(found);
      from = end + (text[end] === '\r' && text[end + 1] === '\n' ? 2 : 1);
    }
    append(text.slice(from));
    return found;
  };
  return {
    push: (bytes) => split(decoder.decode(bytes, { stream: true })),
    end: () => {
      const found = split(decoder.decode());
      if (length > 0 || isSkipping) finish(found);
      return found;
    },
  };
}

/**
 * Finds where the line that begins at a place ends, from one to the next; -1: later. Each character is passed over
 * once.
 */
function endsOf(text: string, isCarriageReturnLineEnd: boolean): (from: number) => number {
  const next = (mark: string): ((from: number) => number) => {
    let at = text.indexOf(mark);
    return (from) => {
      if (at !== -1 && at < from) at = text.indexOf(mark, from);
      return at;
    };
  };
  const nextFeed = next('\n');
  if (!isCarriageReturnLineEnd || !text.includes('\r')) return nextFeed;
  const nextReturn = next('\r');
  return (from) => {
    const feed = nextFeed(from);
    const carriageReturn = nextReturn(from);
    return carriageReturn !== -1 && (feed === -1 || carriageReturn < feed) ? carriageReturn : feed;
  };
}
