import { EndpointUrlError, normaliseEndpointUrl, type AuthScheme, type EndpointKind } from '@intrallm/providers';
import type { InputCheck } from '../../lib/input-check.js';
import type { Connection } from '../connection.entity.js';
import type { StoredHeader } from '../connection.types.js';
import { checkApiKey, previewOf, schemeProblem } from '../keys/api-key.js';
import { takeKeyOut } from '../keys/pasted-key.js';
import { required, type EndpointInput } from '../settings/connection-settings.js';
import { headerSlots, planHeaders, slotOf, type HeaderPlan } from '../settings/header-input.js';
import { isSamePlace } from './endpoint-place.js';

export const API_KEY_SLOT = 'apiKey';

/** What is stored of an endpoint already, as far as a plan depends on it. */
export type StoredEndpoint = Pick<Connection, 'url' | 'auth' | 'apiKeyPreview' | 'headers'>;

/** How an endpoint will be, and what becomes of its secrets. */
export interface EndpointPlan {
  readonly url: string;
  readonly auth: AuthScheme;
  readonly headers: readonly StoredHeader[];
  readonly apiKeyPreview: string | null;
  /** Secrets to seal, by slot. */
  readonly sealed: ReadonlyMap<string, string>;
  /** Slots whose sealed value goes. */
  readonly dropped: readonly string[];
  /** The endpoint is at another place than before, beyond a trailing /v1. */
  readonly isMove: boolean;
}

/**
 * Plans the endpoint that an input asks for, beside what is stored. Everything wrong is told to `check`: the plan is
 * good once that has finished. A stored secret never follows to another place: it must be given again or go.
 */
export function planEndpoint(
  check: InputCheck,
  input: EndpointInput,
  kind: EndpointKind,
  stored: StoredEndpoint | null,
): EndpointPlan {
  const { url, credentials } = planUrl(check, input, kind, stored);
  const key = planKey(check, input, credentials, stored);
  const headers = planHeaderList(check, input, stored);
  const isMove = stored !== null && !isSamePlace(stored.url, url);
  if (isMove) {
    if (key.isKept) check.requireSecret('apiKey', 'The URL leads elsewhere: enter the key again, or remove it.');
    for (const field of headers.kept.values()) {
      check.requireSecret(field, 'The URL leads elsewhere: enter the secret header again, or remove it.');
    }
  }
  const sealed = new Map(headers.sealed);
  if (key.value !== null) sealed.set(API_KEY_SLOT, key.value);
  const before =
    stored === null ? [] : [...headerSlots(stored.headers), ...(stored.apiKeyPreview ? [API_KEY_SLOT] : [])];
  const after = new Set([...sealed.keys(), ...headers.kept.keys(), ...(key.isKept ? [API_KEY_SLOT] : [])]);
  return {
    url,
    auth: key.auth,
    headers: headers.headers,
    apiKeyPreview: key.preview,
    sealed,
    dropped: before.filter((slot) => !after.has(slot)),
    isMove,
  };
}

function planUrl(check: InputCheck, input: EndpointInput, kind: EndpointKind, stored: StoredEndpoint | null) {
  const unknown = { url: stored?.url ?? 'http://unknown.invalid', credentials: null };
  if (input.url === undefined) return unknown;
  const text = required(check, 'url', input.url, null);
  if (text === null) return unknown;
  try {
    const { url, credentials } = normaliseEndpointUrl(text, kind);
    return { url, credentials: credentials === null ? null : `${credentials.user}:${credentials.password}` };
  } catch (error) {
    if (!(error instanceof EndpointUrlError)) throw error;
    check.reject('url', error.message);
    return unknown;
  }
}

interface KeyPlan {
  readonly auth: AuthScheme;
  /** The new key; null where none is given. */
  readonly value: string | null;
  readonly preview: string | null;
  readonly isKept: boolean;
}

function planKey(
  check: InputCheck,
  input: EndpointInput,
  credentials: string | null,
  stored: StoredEndpoint | null,
): KeyPlan {
  const given = input.apiKey ?? null;
  const isRemoved = input.removeApiKey === true;
  if (isRemoved && given !== null) check.reject('removeApiKey', 'A key is given and is to be removed: choose one.');
  if (credentials !== null) {
    if (given !== null)
      check.reject('url', 'The URL holds a user and a password, and a key is given as well: choose one.');
    const value = checkApiKey(check, 'url', credentials, 'BASIC');
    return { auth: 'BASIC', value, preview: previewOf(value, 'BASIC'), isKept: false };
  }
  const hadKey = (stored?.apiKeyPreview ?? null) !== null;
  const storedAuth = stored !== null && (hadKey || stored.auth !== 'NONE') ? stored.auth : null;
  const pasted = given === null ? null : takeKeyOut(given, (input.auth ?? storedAuth) === 'BASIC');
  const usual = storedAuth ?? (pasted === null ? 'NONE' : (pasted.scheme ?? 'BEARER'));
  const auth = input.auth === undefined ? usual : required(check, 'auth', input.auth, usual);
  if (pasted !== null) {
    const conflict = schemeProblem(pasted, auth);
    if (conflict !== null) check.reject('apiKey', conflict);
    const value = checkApiKey(check, 'apiKey', pasted.key, auth);
    return { auth, value, preview: previewOf(value, auth), isKept: false };
  }
  if (!hadKey || isRemoved) return { auth, value: null, preview: null, isKept: false };
  return { auth, value: null, preview: keptPreview(stored, auth), isKept: true };
}

/** A stored key is not opened for its preview: where the scheme begins or ends to hide it, the mask stays alone. */
function keptPreview(stored: StoredEndpoint | null, auth: AuthScheme): string | null {
  if (stored?.apiKeyPreview == null) return null;
  return auth === 'BASIC' ? previewOf('', 'BASIC') : stored.apiKeyPreview;
}

function planHeaderList(check: InputCheck, input: EndpointInput, stored: StoredEndpoint | null): HeaderPlan {
  if (input.headers !== undefined) return planHeaders(check, input.headers ?? [], stored?.headers);
  const headers = stored?.headers ?? [];
  const kept = headers.filter((header) => header.secret).map((header) => [slotOf(header.name), 'headers'] as const);
  return { headers, sealed: new Map(), kept: new Map(kept) };
}
