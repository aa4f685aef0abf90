import type { ComponentPropsWithRef, ReactNode } from 'react';
import classes from './icon-action.module.css';

interface IconActionProps extends Omit<ComponentPropsWithRef<'button'>, 'aria-label' | 'aria-busy'> {
  /** What the button does, with the name of what it does it to: its accessible name. */
  label: string;
  /** The short form for those who see what it belongs to. Default: the label. */
  hint?: string;
  /** What it does is under way: further presses do nothing. */
  loading?: boolean;
  bordered?: boolean;
  children: ReactNode;
}

/**
 * A button that is only an icon, with a name for everybody. It is one plain element and not Mantine's ActionIcon with a
 * Tooltip: every row of a long list has two of them, and those two cost most of the time that drawing a row took.
 */
export function IconAction(props: IconActionProps) {
  const { label, hint = label, loading = false, bordered = false, className, onClick, ...button } = props;
  return (
    <button
      type="button"
      {...button}
      className={className ? `${classes.action} ${className}` : classes.action}
      aria-label={label}
      aria-busy={loading || undefined}
      data-bordered={bordered || undefined}
      data-tooltip={hint}
      onClick={loading ? undefined : onClick}
    />
  );
}
