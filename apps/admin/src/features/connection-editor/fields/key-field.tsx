import type { UseFormReturnType } from '@mantine/form';
import type { FocusEventHandler, InputEvent, KeyboardEventHandler } from 'react';

import { TextButton } from '../../../components/buttons/text-button.js';
import classes from '../connection-editor.module.css';
import type { ConnectionFormValues } from '../values/form-values.js';
import type { EditedConnection } from '../values/settings.js';
import { SecretInput } from './secret-input.js';

/** What makes a field start a check: leaving it, pasting into it, Enter. */
export interface CheckTriggers {
  readonly onBlur: FocusEventHandler<HTMLInputElement>;
  readonly onInput: (event: InputEvent<HTMLInputElement>) => void;
  readonly onKeyDown: KeyboardEventHandler<HTMLInputElement>;
}

interface KeyFieldProps {
  readonly form: UseFormReturnType<ConnectionFormValues>;
  readonly base: EditedConnection | null;
  readonly triggers: CheckTriggers;
  readonly readOnly: boolean;
}

/** The key: what is typed is masked, what is stored is only told about, and can be kept, replaced or removed. */
export function KeyField({ form, base, triggers, readOnly }: KeyFieldProps) {
  const stored = base?.hasApiKey ?? false;
  const removed = form.values.removeApiKey;
  const unreadable = base?.keyState === 'UNREADABLE';
  return (
    <div className={classes.keyField}>
      <SecretInput
        what="key"
        label="API key"
        description={descriptionOf({ stored, removed, unreadable })}
        placeholder={placeholderOf(base, removed)}
        disabled={removed}
        readOnly={readOnly}
        {...form.getInputProps('apiKey')}
        {...triggers}
        classNames={{
          label: classes.inlineLabel,
          description: classes.inlineDescription,
          wrapper: classes.inlineWrapper,
        }}
      />
      {stored && !readOnly && (
        <TextButton
          className={classes.keyAction}
          onClick={() => form.setValues({ removeApiKey: !removed, apiKey: '' })}
        >
          {removed ? 'Keep the key' : 'Remove key'}
        </TextButton>
      )}
    </div>
  );
}

function descriptionOf(key: { stored: boolean; removed: boolean; unreadable: boolean }): string {
  if (key.removed) return 'removed when you save';
  if (key.unreadable) return 'the stored one cannot be read any more: enter it again';
  return key.stored ? 'one is stored' : 'optional for local servers';
}

function placeholderOf(base: EditedConnection | null, removed: boolean): string {
  if (!base?.hasApiKey || removed) return '';
  const lastFour = base.apiKeyPreview?.replace(/[^\x20-\x7e]/g, '') ?? '';
  return `••••${lastFour} · leave empty to keep`;
}
