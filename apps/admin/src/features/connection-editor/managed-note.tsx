import type { ManagedBy } from '@intrallm/schema';

import classes from './connection-editor.module.css';

/** Why the fields of this connection cannot be edited here, and where they can. */
export function ManagedNote({ by }: { by: ManagedBy }) {
  const where = by === 'ENVIRONMENT' ? 'the environment of the server' : 'a configuration file of the server';
  return (
    <p className={classes.note}>
      <strong>Managed by {where}.</strong> It is changed and removed there. Here you can switch it on and off.
    </p>
  );
}
