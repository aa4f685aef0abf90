import { UnstyledButton } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import type { ConnectionKind } from '@intrallm/schema';
import { IconChevronRight } from '@tabler/icons-react';

import { AdvancedFields } from './advanced-fields.js';
import classes from './advanced.module.css';
import type { ConnectionFormValues, EditedConnection } from '../values/form-values.js';
import type { CheckTriggers } from './key-field.js';

export interface AdvancedProps {
  readonly form: UseFormReturnType<ConnectionFormValues>;
  readonly kind: ConnectionKind;
  readonly base: EditedConnection | null;
  readonly keyTriggers: CheckTriggers;
  readonly readOnly: boolean;
}

interface AdvancedFoldProps extends AdvancedProps {
  readonly opened: boolean;
  readonly onToggle: (opened: boolean) => void;
}

/** What most connections never need, folded away. */
export function AdvancedFold({ opened, onToggle, ...fields }: AdvancedFoldProps) {
  return (
    <div>
      <UnstyledButton
        className={classes.toggle}
        aria-expanded={opened}
        aria-controls="advanced-fields"
        onClick={() => onToggle(!opened)}
      >
        <IconChevronRight size={16} stroke={1.9} data-opened={opened || undefined} aria-hidden />
        <strong>Advanced</strong>
        <span>
          {fields.kind === 'OLLAMA'
            ? 'key, auth, headers, prefix, allowlist, tags, priority'
            : 'auth, headers, prefix, allowlist, tags, priority'}
        </span>
      </UnstyledButton>
      {opened && (
        <div id="advanced-fields" className={classes.fields}>
          <AdvancedFields {...fields} />
        </div>
      )}
    </div>
  );
}
