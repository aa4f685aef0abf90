import type { UseFormReturnType } from '@mantine/form';
import { useState } from 'react';
import type { ConnectionKind } from '@intrallm/schema';

import type { CheckTriggers } from '../fields/key-field.js';
import { toVerifyInput } from '../values/form-inputs.js';
import type { ConnectionFormValues } from '../values/form-values.js';
import type { EditedConnection } from '../values/settings.js';
import { type CheckRun, type Verification, signatureOf, useVerification } from './use-verification.js';

interface EndpointCheckOptions {
  readonly form: UseFormReturnType<ConnectionFormValues>;
  readonly kind: ConnectionKind;
  readonly base: EditedConnection | null;
  /** Called with what the API says when it refuses to check at all: a wrong URL, a missing key. */
  readonly onRefused: (error: unknown, values: ConnectionFormValues) => void;
}

export interface EndpointCheck {
  /** The check of the values that stand in the form now; idle when they were not checked. */
  readonly run: CheckRun;
  readonly last: Verification | null;
  /** Checks what stands in the form, with `changes` on top; nothing happens while there is no URL. */
  readonly checkNow: (changes?: Partial<ConnectionFormValues>, kind?: ConnectionKind) => void;
  readonly triggersFor: (field: 'url' | 'apiKey') => CheckTriggers;
}

const PASTE_TYPES: readonly string[] = ['insertFromPaste', 'insertFromDrop'];

/** Marks an element that leads out of the dialog: on the way to it, leaving a field starts no check. */
export const LEAVES_DIALOG = { 'data-leaves-dialog': true } as const;

/** True while the field was really left: not by switching windows, nor on the way out of the dialog. */
function isLeft(field: HTMLInputElement, to: EventTarget | null): boolean {
  if (document.activeElement === field) return false;
  return !(to instanceof Element && to.closest('[data-leaves-dialog]'));
}

/**
 * Checks the endpoint by itself: when the URL or the key is left, on paste, and on Enter. Never letter by letter, so
 * that no key goes to a half-typed host. The same values are not checked twice, unless somebody asks for it.
 */
export function useEndpointCheck({ form, kind, base, onRefused }: EndpointCheckOptions): EndpointCheck {
  const verification = useVerification();
  const [last, setLast] = useState<Verification | null>(null);
  const signature = signatureOf(toVerifyInput(kind, form.values, base));
  const isCurrent = verification.run.state !== 'idle' && verification.run.of === signature;
  const run: CheckRun = isCurrent ? verification.run : { state: 'idle' };

  const start = async (values: ConnectionFormValues, ofKind: ConnectionKind, again: boolean) => {
    if (values.url.trim() === '') return;
    const input = toVerifyInput(ofKind, values, base);
    const known = verification.run.state !== 'idle' && verification.run.of === signatureOf(input);
    if (known && !again) return;
    const result = await verification.check(input);
    if (result?.state === 'answered') setLast(result.verification);
    if (result?.state === 'failed') onRefused(result.error, values);
  };

  const checkNow: EndpointCheck['checkNow'] = (changes, ofKind = kind) => {
    void start({ ...form.getValues(), ...changes }, ofKind, true);
  };

  const triggersFor: EndpointCheck['triggersFor'] = (field) => ({
    onBlur: ({ currentTarget, relatedTarget }) => {
      if (isLeft(currentTarget, relatedTarget)) void start(form.getValues(), kind, false);
    },
    onInput: ({ currentTarget, nativeEvent }) => {
      if (!PASTE_TYPES.includes(nativeEvent.inputType)) return;
      void start({ ...form.getValues(), [field]: currentTarget.value }, kind, false);
    },
    // Enter checks what is not known to work yet; where it is, Enter saves as in any other field.
    onKeyDown: (event) => {
      if (event.key !== 'Enter' || event.ctrlKey || event.metaKey || event.nativeEvent.isComposing) return;
      if (run.state === 'answered' && run.verification.ok) return;
      event.preventDefault();
      if (run.state !== 'running') checkNow();
    },
  });

  return { run, last, checkNow, triggersFor };
}
