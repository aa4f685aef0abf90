import { UnstyledButton } from '@mantine/core';
import type { ComponentPropsWithRef } from 'react';
import classes from './text-button.module.css';

/** A button that reads like a link: for the one action within words. */
export function TextButton({ className, ...button }: ComponentPropsWithRef<'button'>) {
  return <UnstyledButton {...button} className={[classes.button, className].filter(Boolean).join(' ')} />;
}
