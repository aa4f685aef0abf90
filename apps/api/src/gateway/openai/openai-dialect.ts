import { kindSpec } from '@intrallm/providers';
import { AppError } from '../../errors.js';
import type { EndMarks } from '../answers/event-reader.js';
import { OpenaiFormat } from '../answers/openai-format.js';
import type { ScannedBody } from '../body/body-scanner.js';
import type { StringField } from '../body/json-string.js';
import type { ModelForm } from '../forms/model-form.js';
import type { Dialect, OutboundPlan, Pin } from '../forwarding/dialect.js';
import type { GatewayCall } from '../forwarding/gateway-call.js';
import type { Candidate } from '../routing/routing-table.js';
import { refusalBody } from './openai-error.js';
import { previousResponseNotFound, type ResponseOwner, type ResponseOwners } from './response-owners.js';

const RESPONSES = '/responses';
/**
 * Streams of these end with a `finish_reason` and `[DONE]`, those of responses with an event that says how they ended.
 */
const MARKED_PATHS = new Set(['/chat/completions', '/completions']);

/** OpenAI's API, in which every endpoint can be asked: the caller's bytes go through, and so do those of the answer. */
abstract class PassingDialect {
  among(candidates: readonly Candidate[]): readonly Candidate[] {
    return candidates;
  }

  refusal(status: number, message: string): object {
    return refusalBody(status, message);
  }
}

/** A request with a body of JSON. */
export class OpenaiDialect extends PassingDialect implements Dialect {
  readonly isStream: boolean;
  readonly pin?: Pin;
  readonly #call: GatewayCall;
  readonly #scanned: ScannedBody;
  readonly #model: StringField;
  readonly #owners: ResponseOwners;

  /** Names the call's model. Throws BAD_USER_INPUT where the body names none, or PREVIOUS_RESPONSE_NOT_FOUND. */
  constructor(call: GatewayCall, scanned: ScannedBody, owners: ResponseOwners) {
    super();
    const { model, stream, previousResponseId, dropped } = scanned;
    if (model === null) throw new AppError('BAD_USER_INPUT', 'The body must name a model.', { field: 'model' });
    call.nameModel(model.value);
    call.noteDropped(dropped);
    this.isStream = stream;
    this.#call = call;
    this.#scanned = scanned;
    this.#model = model;
    this.#owners = owners;
    if (call.path === RESPONSES && previousResponseId !== null) {
      this.pin = pinToOwner(owners, call, previousResponseId);
    }
  }

  planFor({ connection }: Candidate, mayAskForTokens: boolean): OutboundPlan {
    const { path } = this.#call;
    const { bytes, optionsAt, instance } = this.#scanned;
    const isMarked = MARKED_PATHS.has(path);
    const asksForTokens =
      mayAskForTokens && connection.countStreamTokens && this.isStream && isMarked && optionsAt !== null;
    const onResponseId = path === RESPONSES ? (id: string) => this.#remember(id, connection.id) : null;
    return {
      path,
      isNative: false,
      body: { bytes, model: this.#model, instance, questionAt: asksForTokens ? optionsAt : null },
      asksForTokens,
      format: new OpenaiFormat({
        asksForStream: this.isStream,
        endMarks: isMarked ? marksOf(connection) : path === RESPONSES ? 'USUALLY' : 'NONE',
        hidesTokens: asksForTokens,
        onResponseId,
      }),
    };
  }

  #remember(responseId: string, connectionId: string): void {
    const { actor, model } = this.#call;
    this.#owners.remember(actor, responseId, { connectionId, model });
  }
}

const marksOf = ({ kind }: Candidate['connection']): EndMarks =>
  kindSpec(kind).alwaysSendsEndMarks ? 'ALWAYS' : 'USUALLY';

/** A response that goes on from another one can be made only by the endpoint that made that. */
function pinToOwner(owners: ResponseOwners, { actor }: GatewayCall, previousResponseId: string): Pin {
  const owner = owners.find(actor, previousResponseId);
  const otherwise = previousResponseNotFound(previousResponseId);
  if (owner === null) throw otherwise;
  return { connectionId: owner.connectionId, otherwise };
}

const WHOLE_ANSWER = new OpenaiFormat({
  asksForStream: false,
  endMarks: 'NONE',
  hidesTokens: false,
  onResponseId: null,
});

/** A request with a form, whose file goes through as it comes. */
export class OpenaiFormDialect extends PassingDialect implements Dialect {
  readonly isStream = false;
  readonly isSentOnce = true;

  /** Names the call's model. */
  constructor(
    private readonly call: GatewayCall,
    private readonly form: ModelForm,
  ) {
    super();
    call.nameModel(form.model);
  }

  planFor(): OutboundPlan {
    return {
      path: this.call.path,
      isNative: false,
      body: this.form,
      asksForTokens: false,
      format: WHOLE_ANSWER,
    };
  }
}

/** A request about a response that was made before. */
export class ResponseDialect extends PassingDialect implements Dialect {
  readonly isStream = false;

  /** Names the call's model. */
  constructor(
    private readonly call: GatewayCall,
    { model }: ResponseOwner,
  ) {
    super();
    call.nameModel(model);
  }

  planFor(): OutboundPlan {
    const { method, path, body } = this.call;
    return {
      path,
      isNative: false,
      body: method === 'POST' ? { bytes: body, model: null, instance: [], questionAt: null } : null,
      asksForTokens: false,
      format: WHOLE_ANSWER,
    };
  }
}
