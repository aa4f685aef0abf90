import type { IncomingHttpHeaders } from 'node:http';
import type { AnswerReader } from './answer-reader.js';
import type { AnswerSink, TranslatingSink } from './answer-sink.js';
import type { BodyKind } from './body-kind.js';

/** All that the gateway knows of how the successes of one request look: nobody else asks which format an answer has. */
export interface AnswerFormat {
  /** Reads a success with this head; null: its stated type is not to be relied on, and its first bytes have to tell. */
  readerOf(headers: IncomingHttpHeaders): AnswerReader | null;
  /** Reads the same success once its first bytes show what it is. */
  readerOfKind(kind: BodyKind, headers: IncomingHttpHeaders): AnswerReader;
  /** Takes the endpoint's answer and writes the caller another one; null: the caller gets the endpoint's bytes. */
  translationFor(answer: AnswerSink): TranslatingSink | null;
}
