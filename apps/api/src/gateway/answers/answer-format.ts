import type { IncomingHttpHeaders } from 'node:http';
import { ResponseIdTap } from '../streams/response-id-tap.js';
import { UNREAD, type AnswerReader } from './answer-reader.js';
import { EVENT_STREAM, mediaTypeOf, type BodyKind } from './body-kind.js';
import { EventReader, type EndMarks } from './event-reader.js';
import { LineReader } from './line-reader.js';
import { WholeReader } from './whole-reader.js';

/** How the answers to one request are read: another API of endpoints is another one of these. */
export interface AnswerFormat {
  /** Of a success with this head; null: its first bytes have to tell, as its stated type is not to be relied on. */
  readerOf(headers: IncomingHttpHeaders): AnswerReader | null;
  /** Of the same once they do. */
  readerOfKind(kind: BodyKind, headers: IncomingHttpHeaders): AnswerReader;
}

interface OpenaiSettings {
  /** The request asks for a stream. */
  readonly asksForStream: boolean;
  readonly endMarks: EndMarks;
  /** The event with the token counts, which we asked for, is not for the caller. */
  readonly hidesTokens: boolean;
  /** Is told the id of the response that the answer is; null: the route has none. */
  readonly onResponseId: ((responseId: string) => void) | null;
}

/** OpenAI's: a stream of events, or one piece of JSON. */
export function openaiFormat({ asksForStream, endMarks, hidesTokens, onResponseId }: OpenaiSettings): AnswerFormat {
  const observer = (): ((chunk: Buffer) => void) | null => {
    if (onResponseId === null) return null;
    const tap = new ResponseIdTap(onResponseId);
    return (chunk) => tap.push(chunk);
  };
  const events = (headers: IncomingHttpHeaders): AnswerReader =>
    new EventReader({ endMarks, hidesTokens: hidesTokens && isReadable(headers), observe: observer() });
  const whole = (): AnswerReader => new WholeReader(observer());
  return {
    readerOf: (headers) => {
      const type = mediaTypeOf(headers['content-type']);
      if (type === EVENT_STREAM) return events(headers);
      if (asksForStream) return null;
      return mayBeJson(type) ? whole() : UNREAD;
    },
    readerOfKind: (kind, headers) => {
      if (kind === 'EVENTS') return events(headers);
      return kind === 'JSON' || mayBeJson(mediaTypeOf(headers['content-type'])) ? whole() : UNREAD;
    },
  };
}

/** Ollama's own: lines of JSON where a stream was asked for, whatever type they are said to have, else one object. */
export function ollamaFormat(asksForStream: boolean): AnswerFormat {
  return { readerOf: () => new LineReader(asksForStream), readerOfKind: () => new LineReader(asksForStream) };
}

/** Whoever changes the answer on its way to the caller reads it. */
export const CHANGED: AnswerFormat = { readerOf: () => UNREAD, readerOfKind: () => UNREAD };

/** Sound and pictures are not looked into. */
const mayBeJson = (type: string): boolean => type === '' || type.endsWith('json') || type === 'text/plain';

/** Not in an encoding that is unknown here: those that are known are decoded before. */
const isReadable = ({ 'content-encoding': encoding }: IncomingHttpHeaders): boolean =>
  encoding === undefined || encoding === 'identity';
