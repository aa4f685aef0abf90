import type { ModelSeed, OllamaRule, Profile } from '../profile.js';
import { textOf } from '../replies/generated-text.js';
import { isObject } from '../replies/template.js';
import type { JsonObject, Reply } from '../reply.js';
import { parseObject } from '../requests/request-body.js';
import type { Exchange } from '../serving/exchange.js';
import type { LiveReply } from '../serving/send.js';
import { embedReply, generate, isLoadRequest, ndjson } from './generation.js';
import { findModel, running, show, tag, toOllamaModel, withTag, type OllamaModel } from './models.js';
import { pullLines } from './pull.js';

/** The models an endpoint has at the moment. */
export interface ModelShelf {
  models: readonly ModelSeed[];
}

type Handler = (body: JsonObject, exchange: Exchange) => LiveReply;

const PLAIN = [['Content-Type', 'text/plain']] as const;
/** Registry names that no pull finds. */
const UNKNOWN_NAME = /^(nope|unknown|missing)/;
const FAR_FUTURE = '2318-04-12T23:47:16.854775807Z';

/** Ollama's own API over a shelf of models: what is pulled, copied, deleted or loaded stays so. */
export class OllamaInstance {
  private readonly loaded = new Map<string, string>();
  private readonly fetched = new Map<string, number>();

  constructor(
    private readonly profile: Profile,
    private readonly rule: OllamaRule,
    private readonly shelf: ModelShelf,
  ) {
    for (const name of rule.loaded ?? []) this.loaded.set(withTag(name), FAR_FUTURE);
  }

  /** Null where Ollama has no such route. */
  reply(exchange: Exchange): LiveReply | null {
    const { pathname, method } = exchange;
    const reads = this.readRoutes[pathname];
    if (reads !== undefined) {
      return method === 'GET' || method === 'HEAD' ? reads() : wrongMethod('HEAD, GET');
    }
    const write = this.writeRoutes[pathname];
    if (write === undefined) return null;
    if (method !== write.method) return wrongMethod(write.method);
    if (exchange.body.length === 0) return failure(400, 'missing request body');
    const body = parseObject(exchange.body);
    return body === null ? failure(400, 'unexpected EOF') : write.handle(body, exchange);
  }

  private readonly readRoutes: Readonly<Record<string, () => Reply>> = {
    '/': () => ({ headers: [['Content-Type', 'text/plain; charset=utf-8']], text: 'Ollama is running' }),
    '/api/version': () => json({ version: this.rule.version }),
    '/api/tags': () =>
      json({ models: this.shelf.models.map((seed) => tag(this.model(seed), this.rule.plainTags === true)) }),
    '/api/ps': () => json({ models: this.shelf.models.flatMap((seed) => this.runningEntry(seed)) }),
  };

  private readonly writeRoutes: Readonly<Record<string, { readonly method: string; readonly handle: Handler }>> = {
    '/api/show': { method: 'POST', handle: (body) => this.show(body) },
    '/api/chat': { method: 'POST', handle: (body) => this.generate('chat', body) },
    '/api/generate': { method: 'POST', handle: (body) => this.generate('generate', body) },
    '/api/embed': { method: 'POST', handle: (body) => this.withModel(body, (model) => embedReply(body, model)) },
    '/api/pull': { method: 'POST', handle: (body) => this.pull(body) },
    '/api/create': { method: 'POST', handle: (body) => this.create(body) },
    '/api/copy': { method: 'POST', handle: (body) => this.copy(body) },
    '/api/delete': { method: 'DELETE', handle: (body) => this.remove(body) },
  };

  private model(seed: ModelSeed): OllamaModel {
    return toOllamaModel(seed, this.profile);
  }

  private withModel(body: JsonObject, answer: (model: OllamaModel) => Reply): Reply {
    const name = nameOf(body);
    if (name === '') return failure(400, 'model is required');
    const seed = findModel(this.shelf.models, name);
    return seed === undefined ? failure(404, `model '${name}' not found`) : answer(this.model(seed));
  }

  private runningEntry(seed: ModelSeed): readonly JsonObject[] {
    const until = this.loaded.get(withTag(seed.id));
    if (until === undefined) return [];
    return [running(this.model(seed), this.rule.loadedContext ?? 4_096, this.rule.vramShare ?? 1, until)];
  }

  private show(body: JsonObject): Reply {
    return this.withModel(body, (model) => json(show(model, this.rule.emptyModelInfo === true)));
  }

  private generate(operation: 'chat' | 'generate', body: JsonObject): Reply {
    return this.withModel(body, (model) => {
      const isUnload = isLoadRequest(operation, body) && body.keep_alive === 0;
      if (isUnload) this.loaded.delete(withTag(model.name));
      else this.loaded.set(withTag(model.name), new Date(Date.now() + 300_000).toISOString());
      return generate(operation, body, model, this.rule.streamError);
    });
  }

  private create(body: JsonObject): LiveReply {
    const name = nameOf(body);
    const lines = ['reading model metadata', 'creating system layer', 'writing manifest', 'success'].map((status) => ({
      status,
    }));
    return { ...ndjson(lines), onChunk: (index) => this.pulled(name, lines[index]) };
  }

  private copy(body: JsonObject): Reply {
    const source = findModel(this.shelf.models, textOf(body.source));
    if (source === undefined) return failure(404, `model "${textOf(body.source)}" not found`);
    this.add(textOf(body.destination), source);
    return { status: 200 };
  }

  private remove(body: JsonObject): Reply {
    return this.withModel(body, ({ name }) => {
      this.shelf.models = this.shelf.models.filter(({ id }) => id !== name);
      return { status: 200 };
    });
  }

  private pull(body: JsonObject): LiveReply {
    const name = nameOf(body);
    if (name === '') return failure(400, 'invalid model name');
    const rule = this.rule.pull ?? {};
    const missing = UNKNOWN_NAME.test(name);
    const lines = missing
      ? [{ status: 'pulling manifest' }, { error: 'pull model manifest: file does not exist' }]
      : pullLines(rule, this.fetched);
    const last = lines.at(-1);
    if (body.stream === false) {
      if (isObject(last) && last.error !== undefined) return { status: 500, json: last };
      this.add(name);
      return json({ status: 'success' });
    }
    return {
      ...ndjson(lines),
      chunkMs: rule.intervalMs ?? 20,
      onChunk: (index) => this.pulled(name, lines[index]),
    };
  }

  /** Notes what a pull has sent: bytes that are here stay when it is cancelled. */
  private pulled(name: string, line: unknown): void {
    if (!isObject(line)) return;
    if (typeof line.digest === 'string' && typeof line.completed === 'number') {
      this.fetched.set(line.digest, line.completed);
    }
    if (line.status === 'success') {
      this.fetched.clear();
      this.add(name);
    }
  }

  private add(name: string, like?: ModelSeed): void {
    if (findModel(this.shelf.models, name) !== undefined) return;
    const id = withTag(name) === `${name.toLowerCase()}:latest` ? `${name}:latest` : name;
    this.shelf.models = [...this.shelf.models, { ...like, id }];
  }
}

function nameOf(body: JsonObject): string {
  return textOf(body.model ?? body.name);
}

function json(value: JsonObject): Reply {
  return { headers: [['Content-Type', 'application/json; charset=utf-8']], json: value };
}

function failure(status: number, message: string): Reply {
  return { status, ...json({ error: message }) };
}

function wrongMethod(allow: string): Reply {
  return { status: 405, headers: [['Allow', allow], ...PLAIN], text: '405 method not allowed' };
}
