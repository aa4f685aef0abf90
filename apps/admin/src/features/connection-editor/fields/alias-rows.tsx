import { ActionIcon, Button, TextInput, Tooltip } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { IconArrowRight, IconPlus, IconTrash } from '@tabler/icons-react';

import { emptyAlias } from '../values/form-rows.js';
import type { ConnectionFormValues } from '../values/form-values.js';
import classes from './advanced.module.css';

interface AliasRowsProps {
  readonly form: UseFormReturnType<ConnectionFormValues>;
  readonly readOnly: boolean;
}

/** Public names for upstream ids: how one model with two spellings becomes one name. */
export function AliasRows({ form, readOnly }: AliasRowsProps) {
  return (
    <div role="group" aria-label="Aliases">
      <div className={classes.groupLabel}>
        Aliases <span>public names for upstream ids</span>
      </div>
      {typeof form.errors['modelAliases'] === 'string' && (
        <p className={classes.groupError}>{form.errors['modelAliases']}</p>
      )}
      {form.values.modelAliases.map((alias, index) => (
        <div key={alias.row} className={classes.aliasRow}>
          <TextInput
            aria-label={`Upstream id of alias ${index + 1}`}
            placeholder="qwen2.5:7b"
            autoComplete="off"
            spellCheck={false}
            readOnly={readOnly}
            {...form.getInputProps(`modelAliases.${index}.upstreamId`)}
            classNames={{ input: classes.mono }}
          />
          <IconArrowRight className={classes.arrow} size={16} stroke={1.7} aria-hidden />
          <TextInput
            aria-label={`Public name of alias ${index + 1}`}
            placeholder="Qwen/Qwen2.5-7B"
            autoComplete="off"
            spellCheck={false}
            readOnly={readOnly}
            {...form.getInputProps(`modelAliases.${index}.name`)}
            classNames={{ input: classes.mono }}
          />
          <Tooltip label="Remove">
            <ActionIcon
              size={36}
              aria-label={`Remove alias ${alias.upstreamId || index + 1}`}
              onClick={() => form.removeListItem('modelAliases', index)}
            >
              <IconTrash size={18} stroke={1.7} />
            </ActionIcon>
          </Tooltip>
        </div>
      ))}
      {!readOnly && (
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<IconPlus size={16} stroke={1.7} />}
          onClick={() => form.insertListItem('modelAliases', emptyAlias())}
        >
          Add alias
        </Button>
      )}
    </div>
  );
}
