import type { AnswerFormat } from './answer-format.js';
import type { AnswerReader } from './answer-reader.js';
import { LineReader } from './line-reader.js';

/** Ollama's own: lines of JSON where a stream was asked for, whatever type they are said to have, else one object. */
export class OllamaFormat implements AnswerFormat {
  constructor(private readonly asksForStream: boolean) {}

  readerOf(): AnswerReader {
    return new LineReader(this.asksForStream);
  }

  readerOfKind(): AnswerReader {
    return new LineReader(this.asksForStream);
  }

  translationFor(): null {
    return null;
  }
}
