import { kindSpec } from '@intrallm/providers';
import { AppError } from '../../errors.js';
import { OllamaFormat } from '../answers/ollama-format.js';
import type { ScannedBody } from '../body/body-scanner.js';
import type { StringField } from '../body/json-string.js';
import type { Dialect, OutboundPlan } from '../forwarding/dialect.js';
import { BudgetShare, type BodyBudget } from '../http/body-budget.js';
import type { Candidate } from '../routing/routing-table.js';
import { TranslatedFormat } from '../translation/translated-format.js';
import type { Translators } from '../translation/translators.js';
import { ollamaErrorBody } from './ollama-error.js';

/** A request as an OpenAI endpoint is asked it. */
export interface Translation {
  /** Below the base URL of the OpenAI format: "/chat/completions". */
  readonly path: string;
  /** The body for that endpoint, which may want to be asked for token counts. */
  readonly print: (upstreamId: string, asksForTokens: boolean) => string;
  readonly translators: Pick<Translators, 'stream' | 'whole'>;
  /** The request only has a model loaded or unloaded, which nobody but an Ollama can do; null: it wants an answer. */
  readonly loadReason: 'load' | 'unload' | null;
}

interface Options {
  /** Of Ollama: "/api/chat". */
  readonly path: string;
  readonly scanned: ScannedBody & { readonly model: StringField };
  readonly isStream: boolean;
  /** Throws BAD_USER_INPUT for what only an Ollama understands. */
  readonly translate: () => Translation;
  readonly budget: BodyBudget;
}

/** In bytes: a name and two fields. */
const LONGEST_UNLOAD = 16 * 1024;

/** One request in Ollama's API: its bytes go to Ollama instances, and its translation to the others. */
export class OllamaDialect implements Dialect {
  readonly isStream: boolean;
  #translation: Translation | null = null;
  readonly #share: BudgetShare;

  constructor(private readonly options: Options) {
    this.#share = new BudgetShare(options.budget);
    this.isStream = options.isStream;
  }

  /**
   * Where Ollama instances are among them, a request that cannot be translated goes to those alone. Throws
   * BAD_USER_INPUT where there are none, OVERLOADED where there is no room for a translation.
   */
  among(candidates: readonly Candidate[]): readonly Candidate[] {
    const native = candidates.filter(isOllama);
    if (native.length === candidates.length) return candidates;
    try {
      if (this.translation.loadReason === null) return candidates;
    } catch (error) {
      if (native.length > 0 && error instanceof AppError && error.code === 'BAD_USER_INPUT') return native;
      throw error;
    }
    return instancesOf(native);
  }

  planFor(candidate: Candidate, mayAskForTokens: boolean): OutboundPlan {
    return isOllama(candidate) ? this.#nativePlan() : this.#translatedPlan(candidate, mayAskForTokens);
  }

  #nativePlan(): OutboundPlan {
    const { bytes, model, instance } = this.options.scanned;
    return {
      path: this.options.path,
      isNative: true,
      body: { bytes, model, instance, questionAt: null },
      asksForTokens: false,
      format: new OllamaFormat(this.isStream),
    };
  }

  #translatedPlan({ upstreamId }: Candidate, mayAskForTokens: boolean): OutboundPlan {
    const { path, print, translators } = this.translation;
    // The request is ours, whatever the connection is set to.
    const asksForTokens = mayAskForTokens && this.isStream;
    const bytes = Buffer.from(print(upstreamId, asksForTokens), 'utf8');
    return {
      path,
      isNative: false,
      body: { bytes, model: null, instance: [], questionAt: null },
      asksForTokens,
      format: new TranslatedFormat({
        ...translators,
        streamType: 'application/x-ndjson',
        error: ollamaErrorBody,
        budget: this.options.budget,
      }),
    };
  }

  refusal(_status: number, message: string): object {
    return ollamaErrorBody(message);
  }

  /** Made when it is asked for first: what goes to Ollama instances alone is never parsed. */
  get translation(): Translation {
    if (this.#translation === null) {
      if (this.options.scanned.isIntricate) {
        throw new AppError('BAD_USER_INPUT', 'The body has too many parts, or they lie too deep.');
      }
      // It stands in memory beside the bytes that came.
      this.#share.giveBack();
      this.#share.take(this.options.scanned.bytes.length);
      this.#translation = this.options.translate();
    }
    return this.#translation;
  }

  /** It asks for no answer. What is as long as a conversation is not looked at. */
  get onlyUnloads(): boolean {
    if (this.options.scanned.bytes.length > LONGEST_UNLOAD) return false;
    try {
      return this.translation.loadReason === 'unload';
    } catch (error) {
      // Only an instance understands it: it asks for more than that.
      if (error instanceof AppError && error.code === 'BAD_USER_INPUT') return false;
      throw error;
    }
  }

  /** To be called when the request is over. */
  end(): void {
    this.#share.giveBack();
  }
}

/** Throws BAD_USER_INPUT where there are none: the caller named a connection of the other kind. */
export function instancesOf(candidates: readonly Candidate[]): readonly Candidate[] {
  const native = candidates.filter(isOllama);
  if (native.length > 0) return native;
  const message = 'The connection of x-intrallm-connection is no Ollama instance, which this needs.';
  throw new AppError('BAD_USER_INPUT', message, { field: 'x-intrallm-connection' });
}

export const isOllama = ({ connection }: Candidate): boolean => kindSpec(connection.kind).speaksOllamaApi;
