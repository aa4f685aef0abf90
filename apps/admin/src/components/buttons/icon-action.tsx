import { ActionIcon, Tooltip, type ActionIconProps } from '@mantine/core';
import type { ComponentPropsWithRef, ReactNode } from 'react';

type IconActionProps = ActionIconProps &
  Omit<ComponentPropsWithRef<'button'>, keyof ActionIconProps> & {
    /** What the button does, with the name of what it does it to: its accessible name. */
    label: string;
    /** The short form for those who see what it belongs to. Default: the label. */
    hint?: string;
    children: ReactNode;
  };

/** A button that is only an icon, with a name for everybody. */
export function IconAction({ label, hint = label, children, ...button }: IconActionProps) {
  return (
    <Tooltip label={hint}>
      <ActionIcon aria-label={label} {...button}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}
