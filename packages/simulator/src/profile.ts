import type { ErrorStyle, HeaderList, Json, JsonObject, Reply } from './reply.js';

/** The API that a server speaks, by the names that a connection's kind has. */
export type EndpointKind = 'OLLAMA' | 'OPENAI';

/** A fixed answer. A `*` in the path stands for one or more characters. */
export interface Route {
  /** Default GET. */
  readonly method?: string;
  readonly path: string;
  /** Only for requests that carry this query parameter. */
  readonly query?: string;
  readonly reply: Reply;
  /** Answered without the key. */
  readonly open?: boolean;
}

export type KeyStyle = 'bearer' | 'api-key' | 'x-api-key' | 'xi-api-key' | 'basic';

/** Who is let in once the simulator demands a key. */
export interface AuthRule {
  readonly accepts: readonly KeyStyle[];
  /** Path prefixes that need the key; default all. */
  readonly guards?: readonly string[];
  /** Paths inside those that need none. */
  readonly open?: readonly string[];
  /** Header names without which even the right key is refused. */
  readonly requiredHeaders?: readonly string[];
  /** The Authorization header is believed even where another header holds the right key. */
  readonly authorizationWins?: boolean;
  /** Where the key is wrong or missing; default 401 in the style of `errors`. */
  readonly refusal?: Reply;
}

/** A model: its id, the values its list templates use, and fields that one list states differently for it. */
export interface ModelSeed {
  readonly id: string;
  readonly vars?: JsonObject;
  readonly lists?: Readonly<Record<string, JsonObject>>;
}

type StreamUsage = 'asked' | 'always' | 'finish-chunk' | 'null-until-finish' | 'every-chunk' | 'x-groq' | 'never';

/** How a server frames a streamed answer. All defaults together are OpenAI's framing. */
export interface StreamRule {
  readonly newline?: '\n' | '\r\n' | '\r';
  /** Default `data: `. */
  readonly field?: string;
  /** Lines put before the data line of each event. */
  readonly extraLines?: readonly string[];
  /** Splits the JSON of each event over two data lines. */
  readonly multiLine?: boolean;
  /** Sent as they are before the first event. */
  readonly prologue?: readonly string[];
  /** Sent as it is between any two events. */
  readonly heartbeat?: string;
  /** Fields of every chunk besides the usual ones. */
  readonly extra?: JsonObject;
  /** Whole chunks that precede the first delta. */
  readonly first?: readonly Json[];
  /** Default own-chunk. */
  readonly role?: 'own-chunk' | 'every-delta';
  readonly roleContent?: '' | null;
  readonly reasoning?: {
    readonly as: 'reasoning_content' | 'reasoning' | 'parts' | 'think-tag';
    readonly text: string;
  };
  /** `tool_calls` of deltas that replace the text. */
  readonly toolCalls?: readonly Json[];
  /** Default asked: a chunk without choices, if stream_options.include_usage. */
  readonly usage?: StreamUsage;
  /** The answer to a request with stream_options. */
  readonly refuseOptions?: Reply;
  /** finish_reason of deltas that are not the last; default null. */
  readonly openFinish?: null | '' | 'absent';
  /** Default own-chunk. */
  readonly finish?: 'own-chunk' | 'with-last' | 'never';
  /** An event in place of the rest of the answer. */
  readonly error?: { readonly afterTokens: number; readonly frame: Json };
  /** Whether `[DONE]` is sent; default true. */
  readonly done?: boolean;
  /** Default clean. `no-blank-line`: the last event lacks the blank line that ends it. */
  readonly end?: 'clean' | 'reset' | 'hold' | 'no-blank-line';
  /** Events that share one chunk: none, the first two, or the last three. */
  readonly join?: 'none' | 'first' | 'last' | 'first-and-last';
  /** Splits the body into chunks of so many bytes, wherever that cuts. */
  readonly bytesPerWrite?: number;
  /** Makes the first delta this many bytes long. */
  readonly padBytes?: number;
  /** Sent instead of a stream. */
  readonly instead?: Reply;
  readonly headers?: HeaderList;
}

/** What a server does with requests that generate. */
interface GenerationRule {
  /** Paths of chat completions besides `{base}/chat/completions`; a `*` stands for the model. */
  readonly chatPaths?: readonly string[];
  /** Sent before a JSON body that is not streamed. */
  readonly jsonPrefix?: string;
  /** Fields of every completion object besides the usual ones. */
  readonly extra?: JsonObject;
  /** The answer to /embeddings where the server has none. */
  readonly embeddings?: Reply;
  /** Status of a body that is not JSON; default 400. */
  readonly malformedStatus?: number;
  /** Words that fit into the context; more is a 400 with type exceed_context_size_error. */
  readonly contextWords?: number;
}

/** What an Ollama instance says and does besides its models. */
export interface OllamaRule {
  readonly version: string;
  /** An older server: /api/tags states neither capabilities nor context. */
  readonly plainTags?: boolean;
  /** /api/show answers an empty model_info. */
  readonly emptyModelInfo?: boolean;
  /** Effective context that /api/ps states. */
  readonly loadedContext?: number;
  /** Share of a loaded model that is in video memory; default 1. */
  readonly vramShare?: number;
  /** Models in memory at the start. */
  readonly loaded?: readonly string[];
  readonly pull?: PullRule;
  /** A last line in place of the rest of a streamed answer. */
  readonly streamError?: { readonly afterTokens: number; readonly message: string };
}

export interface PullRule {
  readonly layers?: readonly { readonly digest: string; readonly total: number }[];
  /** Progress lines per layer; default 4. */
  readonly steps?: number;
  /** Default 20 ms. */
  readonly intervalMs?: number;
  /** Progress falls back once in each layer, as a part that is fetched anew does. */
  readonly retries?: boolean;
  /** The last line after the layers, in place of success. Empty: the stream just ends. */
  readonly failure?: string;
}

export interface TlsRule {
  readonly hosts: readonly string[];
  /** Days from now, negative for a certificate that has expired. */
  readonly validDays: number;
}

/** An endpoint's behaviour as data. */
export interface Profile {
  /** The case it stands for, `M05`. */
  readonly id: string;
  /** Nicknames, `llama-cpp`. */
  readonly names: readonly string[];
  readonly title: string;
  readonly kind: EndpointKind;
  /** Path of the base URL that an administrator enters: `/v1`, or empty. */
  readonly base: string;
  /** Where the OpenAI routes are; default `[base]`. */
  readonly openaiBases?: readonly string[];
  /** On every answer. */
  readonly headers?: HeaderList;
  /** Demanded unless startSimulator is told another one. */
  readonly key?: string;
  readonly auth?: AuthRule;
  readonly models: readonly ModelSeed[];
  /** Values of list templates where a model has none of its own. */
  readonly vars?: JsonObject;
  /** What the server states of one model, a template for each of its lists. */
  readonly lists?: Readonly<Record<string, Json>>;
  /** Body of `GET {base}/models`; null: there is no such route. */
  readonly catalogue?: Json;
  /** That body while there is no model. */
  readonly emptyCatalogue?: Json;
  /** How long lists are cut into pages. */
  readonly paging?: { readonly style: 'links-next' | 'after-id'; readonly maxItems: number };
  /** `GET {base}/models/{id}` does not exist. */
  readonly noModelRoute?: boolean;
  /** Default openai. */
  readonly errors?: ErrorStyle;
  readonly unknownPath?: Reply;
  readonly wrongMethod?: Reply;
  /** A request for a model that is not listed; `ignored`: answered all the same. */
  readonly unknownModel?: Reply | 'ignored';
  /** Overrides llama.cpp's "Loading model". */
  readonly loading?: Reply;
  /** A Host, or Origin, that is neither an address nor local. */
  readonly foreignHost?: Reply;
  readonly foreignOrigin?: Reply;
  readonly routes?: readonly Route[];
  /** Delays every answer. */
  readonly slowMs?: number;
  /** The answer to every request. */
  readonly everything?: Reply;
  /** Repeats the headers of every request in its answer, in the lists of this API: see replies/echo.ts. */
  readonly echo?: 'openai' | 'ollama';
  readonly generation?: GenerationRule;
  readonly stream?: StreamRule;
  readonly ollama?: OllamaRule;
  /** Replays a recording, with these exchanges preferred. */
  readonly recording?: { readonly file: string; readonly use?: readonly string[] };
  readonly tls?: TlsRule;
}
