import { UnstyledButton } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { kinds } from '../../../lib/kinds.js';

import { AdvancedFields, type AdvancedProps } from './advanced-fields.js';
import classes from './advanced.module.css';

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
        <span>{kinds[fields.kind].hasKeyUpFront ? '' : 'key, '}auth, headers, prefix, allowlist, tags, priority</span>
      </UnstyledButton>
      {opened && (
        <div id="advanced-fields" className={classes.fields}>
          <AdvancedFields {...fields} />
        </div>
      )}
    </div>
  );
}
