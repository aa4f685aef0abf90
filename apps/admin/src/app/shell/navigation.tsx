import { IconPlugConnected } from '@tabler/icons-react';
import { NavLink } from 'react-router';
import { iconProps } from '../../lib/icon.js';
import { paths } from '../../lib/paths.js';
import classes from './navigation.module.css';

/** Lists what exists, and nothing that is still to come. */
const places = [{ path: paths.connections, label: 'Connections', icon: IconPlugConnected }];

export function Navigation() {
  return (
    <nav aria-label="Admin Settings">
      <p className={classes.title} aria-hidden>
        Admin Settings
      </p>
      <ul className={classes.list}>
        {places.map(({ path, label, icon: Icon }) => (
          <li key={path}>
            <NavLink to={path} className={classes.link ?? ''}>
              <Icon {...iconProps} aria-hidden />
              {label}
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
