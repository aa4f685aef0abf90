import type { IncomingHttpHeaders } from 'node:http';
import { ResponseIdTap } from '../streams/response-id-tap.js';
import type { AnswerFormat } from './answer-format.js';
import { UNREAD, type AnswerReader } from './answer-reader.js';
import { EVENT_STREAM, mediaTypeOf, type BodyKind } from './body-kind.js';
import { EventReader, type EndMarks } from './event-reader.js';
import { WholeReader } from './whole-reader.js';

interface Settings {
  /** The request asks for a stream. */
  readonly asksForStream: boolean;
  readonly endMarks: EndMarks;
  /** The event with the token counts, which we asked for, is not for the caller. */
  readonly hidesTokens: boolean;
  /** Is told the id of the response that the answer is; null: the route has none. */
  readonly onResponseId: ((responseId: string) => void) | null;
}

/** OpenAI's: a stream of events, or one piece of JSON. */
export class OpenaiFormat implements AnswerFormat {
  constructor(private readonly settings: Settings) {}

  readerOf(headers: IncomingHttpHeaders): AnswerReader | null {
    const type = mediaTypeOf(headers['content-type']);
    if (type === EVENT_STREAM) return this.#events(headers);
    if (this.settings.asksForStream) return null;
    return mayBeJson(type) ? this.#whole() : UNREAD;
  }

  readerOfKind(kind: BodyKind, headers: IncomingHttpHeaders): AnswerReader {
    if (kind === 'EVENTS') return this.#events(headers);
    return kind === 'JSON' || mayBeJson(mediaTypeOf(headers['content-type'])) ? this.#whole() : UNREAD;
  }

  translationFor(): null {
    return null;
  }

  #events(headers: IncomingHttpHeaders): AnswerReader {
    const { endMarks, hidesTokens } = this.settings;
    return new EventReader({ endMarks, hidesTokens: hidesTokens && isReadable(headers), responseId: this.#idTap() });
  }

  #whole(): AnswerReader {
    return new WholeReader(this.#idTap());
  }

  #idTap(): ResponseIdTap | null {
    const { onResponseId } = this.settings;
    return onResponseId === null ? null : new ResponseIdTap(onResponseId);
  }
}

/** Sound and pictures are not looked into. */
const mayBeJson = (type: string): boolean => type === '' || type.endsWith('json') || type === 'text/plain';

/** Not in an encoding that is unknown here: those that are known are decoded before. */
const isReadable = ({ 'content-encoding': encoding }: IncomingHttpHeaders): boolean =>
  encoding === undefined || encoding === 'identity';
