export interface ResponseHead {
  readonly status: number;
  /** Names in lower case; of a repeated header the first. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface OutboundResponse extends ResponseHead {
  readonly url: string;
  /** Empty where the body was skipped. */
  readonly bytes: Buffer;
  /** The bytes as text: made when it is first asked for, since tens of megabytes take their time. */
  readonly body: string;
  /** From the sent request to the head of the answer, without the time to connect. */
  readonly firstByteMs: number;
  readonly totalMs: number;
}

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
