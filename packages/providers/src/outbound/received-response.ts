import type { OutboundResponse, ResponseHead } from '../http.js';

/** An answer whose text is made of its bytes when somebody asks for it. */
export class ReceivedResponse implements OutboundResponse {
  readonly status: number;
  readonly headers: ResponseHead['headers'];
  readonly firstByteMs: number;
  readonly totalMs: number;
  #text: string | null = null;

  constructor(
    readonly url: string,
    head: ResponseHead,
    readonly bytes: Buffer,
    timing: { readonly firstByteMs: number; readonly totalMs: number },
  ) {
    this.status = head.status;
    this.headers = head.headers;
    this.firstByteMs = timing.firstByteMs;
    this.totalMs = timing.totalMs;
  }

  get body(): string {
    this.#text ??= new TextDecoder('utf-8').decode(this.bytes);
    return this.#text;
  }
}
