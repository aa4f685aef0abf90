import { VisuallyHidden } from '@mantine/core';
import { IconLogout, IconSelector, IconUserCircle } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { useMenu } from '../../components/menu/use-menu.js';
import { readFailure } from '../../lib/error-codes.js';
import { smallIconProps } from '../../lib/icon.js';
import { paths } from '../../lib/paths.js';
import { useSession, useViewer } from '../../lib/session/session-context.js';
import classes from './account-menu.module.css';
import { SchemeSwitch } from './scheme-switch.js';

/** Who is signed in, and what they can do about that. */
export function AccountMenu() {
  const { name, email, role } = useViewer();
  const { signOut } = useSession();
  const menu = useMenu();
  const [failure, setFailure] = useState<string | null>(null);
  const leave = () => {
    setFailure(null);
    signOut().catch((error: unknown) => setFailure(readFailure(error).message));
  };

  return (
    <div className={classes.account}>
      <SchemeSwitch />
      {failure && (
        <p className={classes.failure} role="alert">
          {failure}
        </p>
      )}
      <div className={classes.place}>
        <button {...menu.button} type="button" className={classes.button}>
          <VisuallyHidden>Account of </VisuallyHidden>
          <span className={classes.letter} aria-hidden>
            {name.trim().charAt(0).toUpperCase() || '?'}
          </span>
          <span className={classes.names}>
            <span className={classes.name}>{name}</span>
            <span className={classes.email}>{email ?? (role === 'ADMIN' ? 'Administrator' : 'Member')}</span>
          </span>
          <IconSelector {...smallIconProps} aria-hidden />
        </button>
        {menu.opened && (
          <div {...menu.list} className={classes.menu} aria-label="Account">
            <Link to={paths.account} role="menuitem" tabIndex={-1} className={classes.item}>
              <IconUserCircle {...smallIconProps} aria-hidden />
              Account and API tokens
            </Link>
            <button type="button" role="menuitem" tabIndex={-1} className={classes.item} onClick={leave}>
              <IconLogout {...smallIconProps} aria-hidden />
              Sign out
            </button>
          </div>
        )}
      </div>
    </div>
  );
}
