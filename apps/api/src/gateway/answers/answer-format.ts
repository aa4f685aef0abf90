import type { IncomingHttpHeaders } from 'node:http';
import { UNREAD, type AnswerReader } from './answer-reader.js';
import type { BodyKind } from './body-kind.js';

/** How the successes of one request are read along with. */
export interface AnswerFormat {
  /** Of a success with this head; null: its first bytes have to tell, as its stated type is not to be relied on. */
  readerOf(headers: IncomingHttpHeaders): AnswerReader | null;
  /** Of the same once they do. */
  readerOfKind(kind: BodyKind, headers: IncomingHttpHeaders): AnswerReader;
}

/** An answer that is translated is read by its translation. */
export const TRANSLATED: AnswerFormat = { readerOf: () => UNREAD, readerOfKind: () => UNREAD };
