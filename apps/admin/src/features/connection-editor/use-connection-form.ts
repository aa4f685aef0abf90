import { useApolloClient } from '@apollo/client/react';
import { type UseFormReturnType, useForm } from '@mantine/form';
import { useState } from 'react';
import type { ConnectionKind } from '@intrallm/schema';

import { type Failure, type FieldIssue, readFailure } from '../../lib/error-codes.js';
import { type TheirChange, onTopOf, theirChanges } from './values/conflict.js';
import { isInAdvanced, sortIssues } from './values/field-errors.js';
import { toAddInput, toChanges } from './values/form-inputs.js';
import { sentRows } from './values/form-rows.js';
import { type ConnectionFormValues, newConnectionValues, storedConnectionValues } from './values/form-values.js';
import { type SaveRequest, readConnection, saveConnection } from './values/save-connection.js';
import type { EditedConnection } from './values/settings.js';
import { type EndpointCheck, useEndpointCheck } from './verification/use-endpoint-check.js';

/** What stands above the buttons when saving did not work and no field tells why. */
export type Notice =
  | { readonly kind: 'message'; readonly text: string }
  | { readonly kind: 'conflict'; readonly current: EditedConnection; readonly changes: readonly TheirChange[] };

export interface ConnectionFormOptions {
  readonly kind: ConnectionKind;
  /** The connection to edit; null: a new one. */
  readonly stored: EditedConnection | null;
  readonly initialUrl: string;
  readonly onSaved: (id: string) => void;
  readonly onClose: () => void;
}

export interface ConnectionFormHandle {
  readonly form: UseFormReturnType<ConnectionFormValues>;
  readonly kind: ConnectionKind;
  readonly base: EditedConnection | null;
  readonly check: EndpointCheck;
  readonly notice: Notice | null;
  readonly saving: boolean;
  readonly advancedOpen: boolean;
  readonly setAdvancedOpen: (open: boolean) => void;
  /** Takes over a URL or kind that works, and checks it. */
  readonly apply: (better: { url?: string; kind: ConnectionKind }) => void;
  /** After a conflict: the fields changed here stay, all others take the server's values. */
  readonly takeOver: (current: EditedConnection) => void;
  readonly save: () => Promise<void>;
}

const ENTER_AGAIN = 'The URL moved: enter this again. A stored secret never follows to another place.';

/** Everything the dialog knows and does; the components only show it. */
export function useConnectionForm(options: ConnectionFormOptions): ConnectionFormHandle {
  const [kind, setKind] = useState(options.kind);
  const [base, setBase] = useState(options.stored);
  const [advancedOpen, setAdvancedOpen] = useState(false);
  const form = useForm<ConnectionFormValues>({
    initialValues: base ? storedConnectionValues(base) : newConnectionValues(options.initialUrl),
  });

  /** Shows what belongs to fields beside them; returns the rest in words. */
  const showInFields = (failure: Failure, values: ConnectionFormValues): string | null => {
    const { fields, others } = sortIssues(issuesOf(failure), sentRows(values));
    const paths = Object.keys(fields);
    form.setErrors(fields);
    if (paths.some((path) => isInAdvanced(path, kind))) setAdvancedOpen(true);
    if (paths.length > 0) return others.join(' ') || null;
    return others.join(' ') || failure.message;
  };

  const check = useEndpointCheck({
    form,
    kind,
    base,
    onRefused: (error, values) => {
      const failure = readFailure(error);
      if (failure.issues.length > 0 || failure.code === 'SECRET_REQUIRED') showInFields(failure, values);
    },
  });
  const { notice, setNotice, saving, save } = useSaving({ ...options, form, kind, base, showInFields });

  return {
    form,
    kind,
    base,
    check,
    notice,
    saving,
    advancedOpen,
    setAdvancedOpen,
    apply: ({ url, kind: better }) => {
      const changes = url === undefined ? {} : { url };
      form.setValues(changes);
      setKind(better);
      check.checkNow(changes, better);
    },
    takeOver: (current) => {
      if (!base) return;
      const merged = onTopOf(base, current, form.getValues());
      form.setInitialValues(storedConnectionValues(current));
      form.setValues(merged);
      setBase(current);
      setNotice(null);
    },
    save,
  };
}

interface SavingOptions extends Pick<ConnectionFormHandle, 'form' | 'kind' | 'base'> {
  readonly onSaved: (id: string) => void;
  readonly onClose: () => void;
  readonly showInFields: (failure: Failure, values: ConnectionFormValues) => string | null;
}

/** Saves the form, and keeps what it says when that did not work. */
function useSaving({ form, kind, base, onSaved, onClose, showInFields }: SavingOptions) {
  const client = useApolloClient();
  const [notice, setNotice] = useState<Notice | null>(null);
  const [saving, setSaving] = useState(false);

  const showConflict = async (from: EditedConnection, values: ConnectionFormValues) => {
    const current = await readConnection(client, from.id);
    setNotice(
      current
        ? { kind: 'conflict', current, changes: theirChanges(from, current, values) }
        : { kind: 'message', text: 'Somebody removed this connection meanwhile.' },
    );
  };

  const showFailure = async (error: unknown, values: ConnectionFormValues) => {
    const failure = readFailure(error);
    if (failure.code === 'CONFLICT' && failure.currentVersion !== null && base) return showConflict(base, values);
    const text = showInFields(failure, values);
    if (text !== null) setNotice({ kind: 'message', text: withDelay(text, failure.retryAfterMs) });
  };

  const save = async () => {
    const values = form.getValues();
    const request = toRequest(kind, base, values);
    if (request === 'nothing') {
      onClose();
      return;
    }
    if (request === 'no url') {
      form.setFieldError('url', 'Enter the URL of the endpoint.');
      return;
    }
    setNotice(null);
    form.clearErrors();
    setSaving(true);
    try {
      const saved = await saveConnection(client, request);
      onSaved(saved.id);
      onClose();
    } catch (error) {
      await showFailure(error, values).catch((second: unknown) =>
        setNotice({ kind: 'message', text: readFailure(second).message }),
      );
    } finally {
      setSaving(false);
    }
  };

  return { notice, setNotice, saving, save };
}

/** The fields that a failure names. A secret that has to be typed again is the key where no field is named. */
function issuesOf({ code, issues }: Failure): readonly FieldIssue[] {
  if (code !== 'SECRET_REQUIRED') return issues;
  const named = issues.length > 0 ? issues : [{ field: 'input.apiKey' }];
  return named.map(({ field }) => ({ field, message: ENTER_AGAIN }));
}

function toRequest(
  kind: ConnectionKind,
  base: EditedConnection | null,
  values: ConnectionFormValues,
): SaveRequest | 'nothing' | 'no url' {
  if (values.url.trim() === '') return 'no url';
  if (!base) return { how: 'add', input: toAddInput(kind, values) };
  if (base.managedBy !== 'ADMIN') {
    return values.enabled === base.enabled ? 'nothing' : { how: 'switch', base, enabled: values.enabled };
  }
  const input = toChanges(base, values);
  return Object.keys(input).length === 0 ? 'nothing' : { how: 'update', base, input };
}

function withDelay(text: string, retryAfterMs: number | null): string {
  return retryAfterMs === null ? text : `${text} Try again in ${Math.ceil(retryAfterMs / 1000)} s.`;
}
