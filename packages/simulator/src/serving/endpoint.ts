import type { IncomingMessage, ServerResponse } from 'node:http';
import { OllamaInstance, type ModelShelf } from '../ollama/instance.js';
import { openaiReply } from '../openai/routes.js';
import type { ModelSeed, Profile, Route } from '../profile.js';
import { profileValues } from '../replies/catalogue.js';
import { echoReply } from '../replies/echo.js';
import { errorReply } from '../replies/error-style.js';
import { fill, fillText } from '../replies/template.js';
import type { Reply } from '../reply.js';
import { isLetIn } from '../requests/auth.js';
import { isForeign } from '../requests/origin.js';
import { matchesPath } from '../requests/path-pattern.js';
import { RequestLog } from '../requests/request-log.js';
import { Control } from './control.js';
import { Exchange } from './exchange.js';
import { Recording } from './recording.js';
import { sendReply, type LiveReply } from './send.js';

/** How the endpoint is switched off and on; what carries it decides. */
export interface Carrier {
  down(): Promise<void>;
  up(): Promise<void>;
}

interface EndpointOptions {
  readonly key: string | null | undefined;
  readonly models: readonly string[] | undefined;
}

const LOADING: Reply = {
  status: 503,
  json: { error: { message: 'Loading model', type: 'unavailable_error', code: 503 } },
};
const GENERATION = /\/(chat\/completions|completions|embeddings|responses|api\/(chat|generate|embed))$/;

/** One simulated endpoint: what it answers, apart from the socket it does so on. */
export class SimulatedEndpoint {
  readonly log = new RequestLog();
  readonly control: Control;
  private readonly shelf: ModelShelf;
  private readonly recording: Recording | null;
  private ollama: OllamaInstance | null = null;
  private key: string | null = null;

  constructor(
    readonly profile: Profile,
    private readonly options: EndpointOptions,
    carrier: Carrier,
  ) {
    this.shelf = { models: [] };
    this.recording = profile.recording === undefined ? null : Recording.load(profile.recording);
    this.control = new Control({
      down: () => carrier.down(),
      up: () => carrier.up(),
      setModels: (ids) => this.setModels(ids),
      setKey: (key) => this.setKey(key),
      use: (names) => this.use(names),
    });
    this.setModels(null);
    this.setKey(undefined);
  }

  /**
   * Answers one request; `path` is what the endpoint sees of the URL. A fault of the simulator itself breaks the
   * connection.
   */
  serve(request: IncomingMessage, response: ServerResponse, path: string): void {
    this.handle(request, response, path).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  }

  private async handle(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const exchange = new Exchange(path, request, response);
    try {
      await exchange.readBody();
      this.log.add(exchange);
      const isGeneration = GENERATION.test(exchange.pathname);
      await this.control.gate(isGeneration);
      await exchange.wait(this.control.delayMs(isGeneration) + (this.profile.slowMs ?? 0));
      await sendReply(exchange, this.reply(exchange, isGeneration), this.control.pacing);
    } catch (error) {
      // A client that leaves ends the exchange, however far it got.
      if (!exchange.over.aborted && !exchange.socket.destroyed) throw error;
    }
  }

  private reply(exchange: Exchange, isGeneration: boolean): LiveReply {
    const override = this.control.takeOverride(isGeneration);
    if (override !== null && typeof override !== 'string') return override;
    if (override === null && this.recording !== null) return this.recording.reply(exchange, this.key);
    const reply = override === null ? this.ownReply(exchange) : this.switchedReply(override, exchange);
    const always = this.profile.headers;
    return always === undefined ? reply : { ...reply, headers: [...always, ...(reply.headers ?? [])] };
  }

  private switchedReply(state: 'unauthorized' | 'loading', exchange: Exchange): Reply {
    return state === 'unauthorized' ? this.refusal(exchange) : this.filled(this.profile.loading ?? LOADING, exchange);
  }

  private ownReply(exchange: Exchange): LiveReply {
    const { profile } = this;
    const { pathname, headers } = exchange;
    if (profile.echo !== undefined) return echoReply(exchange, profile.echo);
    if (profile.everything !== undefined) return this.filled(profile.everything, exchange);
    if (profile.foreignHost !== undefined && isForeign(headers.host)) return profile.foreignHost;
    if (profile.foreignOrigin !== undefined && isForeign(headers.origin)) return profile.foreignOrigin;
    const route = profile.routes?.find((candidate) => fits(candidate, exchange));
    if (route?.open !== true && !isLetIn(headers, pathname, this.key, profile.auth)) return this.refusal(exchange);
    if (route !== undefined) return this.filled(route.reply, exchange);
    return (
      this.ollama?.reply(exchange) ??
      openaiReply(exchange, profile, this.shelf.models) ??
      this.filled(profile.unknownPath ?? this.error(404, `Not found: ${exchange.method} ${pathname}`), exchange)
    );
  }

  private refusal(exchange: Exchange): Reply {
    return this.filled(this.profile.auth?.refusal ?? this.error(401, 'Incorrect API key provided.'), exchange);
  }

  private error(status: number, message: string): Reply {
    return errorReply(this.profile.errors ?? 'openai', status, message);
  }

  /** A profile's reply with the variables put in. */
  private filled(reply: Reply, { method, path }: Exchange): Reply {
    if (reply.bytes !== undefined) return reply;
    const values = { ...profileValues(this.profile, this.shelf.models), method, path };
    return {
      ...reply,
      headers: (reply.headers ?? []).map(([name, value]) => [name, fillText(value, values)] as const),
      ...(reply.json === undefined ? {} : { json: fill(reply.json, values) }),
      ...(reply.text === undefined ? {} : { text: fillText(reply.text, values) }),
    };
  }

  private setModels(ids: readonly string[] | null): void {
    const wanted = ids ?? this.options.models;
    this.shelf.models = wanted === undefined ? this.profile.models : wanted.map((id) => this.seed(id));
    if (ids === null) {
      const rule = this.profile.ollama;
      this.ollama = rule === undefined ? null : new OllamaInstance(this.profile, rule, this.shelf);
    }
  }

  /** What the profile says of this model, if it knows it. */
  private seed(id: string): ModelSeed {
    return this.profile.models.find((model) => model.id === id) ?? { id };
  }

  private setKey(key: string | null | undefined): void {
    const initial = this.options.key === undefined ? (this.profile.key ?? null) : this.options.key;
    this.key = key === undefined ? initial : key;
  }

  private use(names: readonly string[]): void {
    if (this.recording === null && names.length > 0) {
      throw new Error(`${this.profile.id} replays no recording.`);
    }
    this.recording?.use(names);
  }
}

function fits(route: Route, exchange: Exchange): boolean {
  const method = exchange.method === 'HEAD' ? 'GET' : exchange.method;
  if (method !== (route.method ?? 'GET')) return false;
  return matchesPath(route.path, exchange.pathname) && (route.query === undefined || exchange.query.has(route.query));
}
