import type { ComponentPropsWithRef } from 'react';
import classes from './toggle.module.css';

/** A switch of one element, for the rows of long lists: Mantine's has eight. */
export function Toggle(input: Omit<ComponentPropsWithRef<'input'>, 'type' | 'role' | 'className'>) {
  return <input {...input} type="checkbox" role="switch" className={classes.toggle} />;
}
