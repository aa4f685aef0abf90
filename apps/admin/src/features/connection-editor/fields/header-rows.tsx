import { ActionIcon, Button, TextInput, Tooltip } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { IconLock, IconLockOpen, IconPlus, IconTrash } from '@tabler/icons-react';

import { emptyHeader, keepsStoredValue } from '../values/form-rows.js';
import type { ConnectionFormValues } from '../values/form-values.js';
import classes from './advanced.module.css';
import { SecretInput } from './secret-input.js';

interface HeaderRowsProps {
  readonly form: UseFormReturnType<ConnectionFormValues>;
  readonly readOnly: boolean;
}

/**
 * Headers sent along with every request. A secret one is masked, and its stored value is kept unless another is typed.
 */
export function HeaderRows({ form, readOnly }: HeaderRowsProps) {
  return (
    <div role="group" aria-label="Extra headers">
      <div className={classes.groupLabel}>
        Extra headers <span>sent with every request</span>
      </div>
      {typeof form.errors['headers'] === 'string' && <p className={classes.groupError}>{form.errors['headers']}</p>}
      {form.values.headers.map((header, index) => (
        <div key={header.row} className={classes.headerRow}>
          <TextInput
            aria-label={`Name of header ${index + 1}`}
            placeholder="x-team"
            autoComplete="off"
            spellCheck={false}
            readOnly={readOnly}
            {...form.getInputProps(`headers.${index}.name`)}
            classNames={{ input: classes.mono }}
          />
          <HeaderValue form={form} index={index} readOnly={readOnly} />
          <SecretToggle form={form} index={index} />
          <Tooltip label="Remove">
            <ActionIcon
              size={36}
              aria-label={`Remove header ${header.name || index + 1}`}
              onClick={() => form.removeListItem('headers', index)}
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
          onClick={() => form.insertListItem('headers', emptyHeader())}
        >
          Add header
        </Button>
      )}
    </div>
  );
}

interface HeaderPartProps {
  readonly form: UseFormReturnType<ConnectionFormValues>;
  readonly index: number;
  readonly readOnly?: boolean;
}

function HeaderValue({ form, index, readOnly = false }: HeaderPartProps) {
  const header = form.values.headers[index];
  if (!header) return null;
  const label = `Value of header ${index + 1}`;
  const props = { ...form.getInputProps(`headers.${index}.value`), 'aria-label': label, readOnly };
  if (!header.secret) return <TextInput {...props} autoComplete="off" spellCheck={false} />;
  return (
    <SecretInput
      {...props}
      what={`header ${index + 1}`}
      placeholder={keepsStoredValue(header) ? '•••• · leave empty to keep' : 'value'}
    />
  );
}

function SecretToggle({ form, index }: HeaderPartProps) {
  const secret = form.values.headers[index]?.secret ?? true;
  const label = secret ? 'Secret: stored sealed, never shown again' : 'Shown to administrators';
  return (
    <Tooltip label={label}>
      <ActionIcon
        size={36}
        aria-label={`Header ${index + 1} is secret`}
        aria-pressed={secret}
        onClick={() => form.setFieldValue(`headers.${index}.secret`, !secret)}
      >
        {secret ? <IconLock size={18} stroke={1.7} /> : <IconLockOpen size={18} stroke={1.7} />}
      </ActionIcon>
    </Tooltip>
  );
}
