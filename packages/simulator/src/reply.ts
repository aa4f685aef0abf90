export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = Readonly<Record<string, Json>>;
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** One action on the bare socket, for answers that no HTTP library would send. */
export type ByteStep =
  | { readonly send: string }
  | { readonly sendBase64: string }
  | { readonly repeat: string; readonly times: number }
  | { readonly drip: string; readonly everyMs: number }
  | { readonly waitMs: number }
  /** Leaves the connection open until the client goes. */
  | { readonly hold: true }
  | { readonly cut: 'reset' | 'end' };

/**
 * An answer as data. `json` and `text` are sent with a Content-Length, `chunks` as one HTTP chunk each, `bytes` past
 * the HTTP library. Strings in `json` and `text` may hold variables (see replies/template.ts).
 */
export interface Reply {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: HeaderList;
  readonly json?: Json;
  readonly text?: string;
  readonly chunks?: readonly string[];
  /** Splits the chunks' bytes anew, wherever that cuts. */
  readonly bytesPerChunk?: number;
  /** How chunks end; default clean. */
  readonly end?: 'clean' | 'reset' | 'hold';
  readonly bytes?: readonly ByteStep[];
}

/** Whose way of wording an error it is. */
export type ErrorStyle =
  | 'openai'
  | 'ollama'
  | 'llama.cpp'
  | 'tgi'
  | 'flat'
  | 'mistral'
  | 'fastapi'
  | 'fastapi-list'
  | 'xai'
  | 'google'
  | 'google-array'
  | 'anthropic'
  | 'cloudflare'
  | 'plain'
  | 'html'
  | 'empty';
