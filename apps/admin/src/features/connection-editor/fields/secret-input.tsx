import { type TextInputProps, ActionIcon, TextInput, Tooltip } from '@mantine/core';
import { IconEye, IconEyeOff } from '@tabler/icons-react';
import { useState } from 'react';

import classes from '../connection-editor.module.css';

interface SecretInputProps extends Omit<TextInputProps, 'type' | 'rightSection'> {
  /** What is hidden, for the name of the eye: "key". */
  readonly what: string;
}

/**
 * A field for a secret: masked, with an eye for what is being typed. Where the browser can mask any text it is no
 * password field, because browsers offer to store what stands in one.
 */
export function SecretInput({ what, classNames, ...props }: SecretInputProps) {
  const [shown, setShown] = useState(false);
  const masksText = typeof CSS !== 'undefined' && CSS.supports('-webkit-text-security', 'disc');
  const label = shown ? `Hide ${what}` : `Show ${what}`;
  return (
    <TextInput
      {...props}
      type={shown || masksText ? 'text' : 'password'}
      autoComplete={masksText ? 'off' : 'new-password'}
      autoCapitalize="off"
      autoCorrect="off"
      spellCheck={false}
      data-1p-ignore
      data-lpignore="true"
      data-form-type="other"
      data-masked={!shown || undefined}
      classNames={{ input: classes.secret, ...(typeof classNames === 'object' ? classNames : {}) }}
      rightSection={
        <Tooltip label={label}>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={label}
            aria-pressed={shown}
            disabled={props.disabled ?? false}
            onClick={() => setShown((now) => !now)}
          >
            {shown ? <IconEyeOff size={18} stroke={1.7} /> : <IconEye size={18} stroke={1.7} />}
          </ActionIcon>
        </Tooltip>
      }
    />
  );
}
