import type { AnswerFormat } from '../answers/answer-format.js';
import { UNREAD, type AnswerReader } from '../answers/answer-reader.js';
import type { AnswerSink, TranslatingSink } from '../answers/answer-sink.js';
import { TranslatedAnswer } from './translated-answer.js';
import type { Translators } from './translators.js';

/** The format of answers that are translated: the translation itself reads their tokens and their end. */
export class TranslatedFormat implements AnswerFormat {
  constructor(private readonly translators: Translators) {}

  readerOf(): AnswerReader {
    return UNREAD;
  }

  readerOfKind(): AnswerReader {
    return UNREAD;
  }

  translationFor(answer: AnswerSink): TranslatingSink {
    return new TranslatedAnswer(answer, this.translators);
  }
}
