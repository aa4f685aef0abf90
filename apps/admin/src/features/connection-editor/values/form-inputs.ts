import type {
  AddConnectionInput,
  AuthScheme,
  ConnectionKind,
  UpdateConnectionInput,
  VerifyConnectionInput,
} from '@intrallm/schema';
import { toHeaders } from './form-rows.js';
import { type ConnectionFormValues, storedConnectionValues } from './form-values.js';
import { type EditedConnection, changedSettings, initialSettings } from './settings.js';

/** A key that is typed wants a way to travel: on a connection without one it becomes Bearer. */
function authOf(values: ConnectionFormValues, base: EditedConnection | null): AuthScheme | null {
  if (values.auth === 'AUTO') return null;
  const untouched = base !== null && values.auth === base.auth;
  if (untouched && base.auth === 'NONE' && !base.hasApiKey && values.apiKey !== '') return 'BEARER';
  return values.auth;
}

/** Everything of the form that differs from what a new connection gets anyway. */
export function toAddInput(kind: ConnectionKind, values: ConnectionFormValues): AddConnectionInput {
  const auth = authOf(values, null);
  const name = values.name.trim();
  return {
    kind,
    url: values.url.trim(),
    ...(name !== '' && { name }),
    ...(values.apiKey !== '' && { apiKey: values.apiKey }),
    ...(auth !== null && { auth }),
    ...changedSettings(initialSettings(), values),
  };
}

/**
 * What changed against `base`, and nothing else: fields that another administrator edits meanwhile are left alone.
 * Without `version`; an empty object means that nothing changed.
 */
export function toChanges(base: EditedConnection, values: ConnectionFormValues): UpdateConnectionInput {
  const url = values.url.trim();
  const name = values.name.trim();
  const auth = authOf(values, base);
  return {
    ...(url !== base.url && { url }),
    ...(name !== base.name && { name: name === '' ? null : name }),
    ...(auth !== base.auth && { auth }),
    ...(values.apiKey !== '' && !values.removeApiKey && { apiKey: values.apiKey }),
    ...(values.removeApiKey && { removeApiKey: true }),
    ...changedSettings(storedConnectionValues(base), values),
  };
}

/** A trial of what stands in the form; on an edit the stored secrets serve where none is typed. */
export function toVerifyInput(
  kind: ConnectionKind,
  values: ConnectionFormValues,
  base: EditedConnection | null,
): VerifyConnectionInput {
  const headers = toHeaders(values.headers);
  const auth = values.removeApiKey ? 'NONE' : authOf(values, base);
  return {
    kind,
    url: values.url.trim(),
    ...(base !== null && { id: base.id }),
    ...(values.apiKey !== '' && !values.removeApiKey && { apiKey: values.apiKey }),
    ...(auth !== null && { auth }),
    ...((headers.length > 0 || base !== null) && { headers }),
  };
}
