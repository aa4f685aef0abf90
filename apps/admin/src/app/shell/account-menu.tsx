import { Menu, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { IconLogout, IconSelector, IconUserCircle } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'react-router';
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
      <Menu position="top-start" width={204} shadow="md" offset={6}>
        <Menu.Target>
          <UnstyledButton className={classes.button ?? ''}>
            <VisuallyHidden>Account of </VisuallyHidden>
            <span className={classes.letter} aria-hidden>
              {name.trim().charAt(0).toUpperCase() || '?'}
            </span>
            <span className={classes.names}>
              <span className={classes.name}>{name}</span>
              <span className={classes.email}>{email ?? (role === 'ADMIN' ? 'Administrator' : 'Member')}</span>
            </span>
            <IconSelector {...smallIconProps} aria-hidden />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item component={Link} to={paths.account} leftSection={<IconUserCircle {...smallIconProps} />}>
            Account and API tokens
          </Menu.Item>
          <Menu.Item leftSection={<IconLogout {...smallIconProps} />} onClick={leave}>
            Sign out
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}
