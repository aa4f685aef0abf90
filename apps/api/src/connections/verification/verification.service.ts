import type {
  Endpoint,
  EndpointKind,
  Problem,
  Suggestion,
  StageResult,
  Verification as Trial,
} from '@intrallm/providers';
import { authorize, type Actor } from '../../auth/actor.js';
import type { Database } from '../../database/database.js';
import { AppError } from '../../errors.js';
import { InputCheck } from '../../lib/input-check.js';
import type { ConnectionCatalogue } from '../catalogue-port.js';
import type { Connection } from '../connection.entity.js';
import type { ConnectionService } from '../connection.service.js';
import type { ConnectionStatus } from '../connection.types.js';
import type { EndpointOpener, OpenedEndpoint } from '../endpoint/endpoint-opener.js';
import { API_KEY_SLOT, planEndpoint, type EndpointPlan } from '../endpoint/endpoint-plan.js';
import type { LinkedUrls } from '../endpoint/linked-urls.js';
import { warningsOf } from '../endpoint/warnings.js';
import { required, withoutNulls, type EndpointInput } from '../settings/connection-settings.js';
import { slotOf } from '../settings/header-input.js';

export interface VerifyConnection extends Omit<EndpointInput, 'removeApiKey'> {
  readonly id?: string | null;
  readonly kind: EndpointKind;
  readonly url: string;
}

/** What a trial showed. */
export interface Verified {
  readonly ok: boolean;
  readonly status: ConnectionStatus;
  readonly latencyMs: number | null;
  readonly stages: readonly StageResult[];
  readonly problem: Problem | null;
  readonly detectedKind: EndpointKind | null;
  readonly suggestion: Suggestion | null;
  readonly warnings: readonly Problem[];
  readonly modelNames: readonly string[];
  readonly sharedNames: readonly string[];
}

interface Options {
  readonly database: Database;
  readonly connections: Pick<ConnectionService, 'get'>;
  readonly opener: EndpointOpener;
  readonly catalogue: Pick<ConnectionCatalogue, 'servedAmong' | 'seenAmong'>;
  readonly linkedUrls: LinkedUrls;
  /** Tries the endpoint; a failing one is an answer, not an exception. */
  readonly verify: (endpoint: Endpoint) => Promise<Trial>;
}

/** Trials at once of all people: each may wait for an endpoint, and hold its list in memory. */
const MAX_AT_ONCE = 16;

/** Tries an endpoint before it is saved. Nothing is stored. */
export class VerificationService {
  #underWay = 0;

  constructor(private readonly options: Options) {}

  /**
   * Checks the endpoint that the input describes. With the id of a connection its stored secrets serve where none are
   * given, under the rule of an update: SECRET_REQUIRED at another place.
   */
  async verify(actor: Actor, given: VerifyConnection, path = ''): Promise<Verified> {
    authorize(actor, { needs: 'CONNECTIONS_WRITE' });
    if (this.#underWay >= MAX_AT_ONCE) {
      const message = 'Too many endpoints are being tried at once. Try again when one of them has answered.';
      throw new AppError('RATE_LIMITED', message, { retryAfterMs: 5_000 });
    }
    this.#underWay += 1;
    try {
      return await this.#verify(actor, given, path);
    } finally {
      this.#underWay -= 1;
    }
  }

  async #verify(actor: Actor, given: VerifyConnection, path: string): Promise<Verified> {
    const input = withoutNulls(given);
    const stored = input.id == null ? null : await this.options.connections.get(input.id);
    const check = new InputCheck(path);
    required(check, 'url', input.url as string | null, '');
    const plan = planEndpoint(check, input, input.kind, stored);
    check.finish();
    const opened = await this.#endpoint(input.kind, plan, stored);
    if ('problem' in opened) return failed(opened.problem);
    const trial = await this.options.verify(opened.endpoint);
    const { catalogue } = this.options;
    const found = (trial.models ?? []).map((model) => model.upstreamId);
    const modelNames = catalogue.seenAmong(actor, found, stored);
    const [alsoLinkedAs, sharedNames] = await Promise.all([
      this.options.linkedUrls.namesOf({ kind: input.kind, url: plan.url, exceptId: stored?.id ?? null }),
      catalogue.servedAmong(actor, found, stored?.id ?? null),
    ]);
    const { endpoint } = opened;
    const sendsSecret =
      (endpoint.apiKey !== null && endpoint.auth !== 'NONE') || plan.headers.some((one) => one.secret);
    return {
      ok: trial.status === 'ONLINE' || trial.status === 'DEGRADED',
      status: trial.status,
      latencyMs: trial.latencyMs,
      stages: trial.stages,
      problem: trial.problem,
      detectedKind: trial.detectedKind,
      suggestion: trial.suggestion,
      warnings: warningsOf({
        url: plan.url,
        sendsSecret,
        alsoLinkedAs,
        stages: trial.stages,
        hasUnreadableSecret: false,
      }),
      modelNames,
      sharedNames,
    };
  }

  /** The planned endpoint with its secrets: given ones as they are, kept ones opened as the connection's own. */
  async #endpoint(kind: EndpointKind, plan: EndpointPlan, stored: Connection | null): Promise<OpenedEndpoint> {
    const { url, auth } = plan;
    const givenKey = plan.sealed.get(API_KEY_SLOT) ?? null;
    const kept = plan.headers.filter((header) => header.secret && !plan.sealed.has(slotOf(header.name)));
    const keepsKey = givenKey === null && plan.apiKeyPreview !== null;
    let own: Endpoint | null = null;
    if (stored !== null && (keepsKey || kept.length > 0)) {
      // Only what is kept is opened: a secret that is being replaced may be unreadable.
      const opened = await this.options.opener.open({
        ...stored,
        apiKeyPreview: keepsKey ? stored.apiKeyPreview : null,
        headers: kept,
      });
      if ('problem' in opened) return opened;
      own = opened.endpoint;
    }
    const ownHeaders = new Map(own?.headers.map((header) => [header.name, header.value]));
    const headers = plan.headers.map(({ name, value, secret }) => ({
      name,
      secret,
      value: plan.sealed.get(slotOf(name)) ?? ownHeaders.get(name) ?? value ?? '',
    }));
    const apiKey = givenKey ?? (keepsKey ? (own?.apiKey ?? null) : null);
    return { endpoint: { kind, url, auth, apiKey, headers, declaredModels: stored?.declaredModels ?? [] } };
  }
}

function failed(problem: Problem): Verified {
  const stages = (['ADDRESS', 'CONNECT', 'TLS', 'AUTH', 'CATALOGUE'] as const).map((stage) => ({
    stage,
    state: stage === 'AUTH' ? ('FAILED' as const) : ('SKIPPED' as const),
    detail: null,
    ms: null,
    problem: stage === 'AUTH' ? problem : null,
  }));
  const nothing = {
    latencyMs: null,
    detectedKind: null,
    suggestion: null,
    warnings: [],
    modelNames: [],
    sharedNames: [],
  };
  return { ok: false, status: 'OFFLINE', stages, problem, ...nothing };
}
