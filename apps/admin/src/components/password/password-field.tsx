import { PasswordInput, type PasswordInputProps } from '@mantine/core';
import { IconEye, IconEyeOff } from '@tabler/icons-react';
import { useState } from 'react';
import { iconProps } from '../../lib/icon.js';
import { IconAction } from '../buttons/icon-action.js';
import classes from './password-field.module.css';

interface PasswordFieldProps extends Omit<PasswordInputProps, 'visible' | 'rightSection' | 'label'> {
  label: string;
}

/**
 * A password with an eye that shows it, also to those who use the keyboard or a screen reader: Mantine's own eye cannot
 * be reached with Tab and answers presses of the mouse and of two keys only, not the click that other devices send.
 */
export function PasswordField({ label, ...input }: PasswordFieldProps) {
  const [visible, setVisible] = useState(false);
  const toggleLabel = `Show the ${label.toLowerCase()}`;
  const Eye = visible ? IconEyeOff : IconEye;
  return (
    <PasswordInput
      {...input}
      label={label}
      visible={visible}
      rightSection={
        // One name with a state: a name that changes as well would say "hide" and "pressed" at once.
        <IconAction
          className={classes.eye ?? ''}
          label={toggleLabel}
          hint={visible ? `Hide the ${label.toLowerCase()}` : toggleLabel}
          aria-pressed={visible}
          onClick={() => setVisible(!visible)}
        >
          <Eye {...iconProps} />
        </IconAction>
      }
    />
  );
}
