import { Button, Switch } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';

import { TextButton } from '../../components/buttons/text-button.js';
import { focusOnMount } from '../../lib/focus-on-mount.js';
import classes from './connection-editor.module.css';
import type { ConnectionFormValues } from './values/form-values.js';
import { LEAVES_DIALOG } from './verification/use-endpoint-check.js';

interface EditorFooterProps {
  readonly form: UseFormReturnType<ConnectionFormValues>;
  readonly saving: boolean;
  readonly saveLabel: string;
  /** Closing would lose what was typed: the footer asks instead of closing. */
  readonly asking: boolean;
  readonly onKeepEditing: () => void;
  readonly onDiscard: () => void;
  readonly onCancel: () => void;
  readonly onRemove?: (() => void) | undefined;
}

export function EditorFooter({ form, saving, saveLabel, onRemove, onCancel, ...leaving }: EditorFooterProps) {
  if (leaving.asking) return <LeaveQuestion {...leaving} />;
  return (
    <div className={classes.footer}>
      <Switch label="Switched on" withThumbIndicator={false} {...form.getInputProps('enabled', { type: 'checkbox' })} />
      {onRemove && (
        <TextButton className={classes.remove} onClick={onRemove} {...LEAVES_DIALOG}>
          Remove
        </TextButton>
      )}
      <div className={classes.buttons}>
        <Button variant="default" onClick={onCancel} {...LEAVES_DIALOG}>
          Cancel
        </Button>
        <Button type="submit" loading={saving} title="Ctrl + Enter">
          {saveLabel}
        </Button>
      </div>
    </div>
  );
}

function LeaveQuestion({ onKeepEditing, onDiscard }: Pick<EditorFooterProps, 'onKeepEditing' | 'onDiscard'>) {
  return (
    <div className={classes.footer} role="alertdialog" aria-label="Leave without saving?">
      <span>Leave without saving?</span>
      <div className={classes.buttons}>
        <Button variant="default" onClick={onDiscard} {...LEAVES_DIALOG}>
          Discard
        </Button>
        <Button ref={focusOnMount} onClick={onKeepEditing}>
          Keep editing
        </Button>
      </div>
    </div>
  );
}
