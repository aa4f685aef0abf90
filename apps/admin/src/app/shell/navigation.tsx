import { IconHome, IconPlugConnected } from '@tabler/icons-react';
import { NavLink } from 'react-router';
import { iconProps } from '../../lib/icon.js';
import { paths } from '../../lib/paths.js';
import { useMay } from '../../lib/session/session-context.js';
import classes from './navigation.module.css';

/** Lists what exists, and nothing that is still to come. */
const settings = [{ path: paths.connections, label: 'Connections', icon: IconPlugConnected }];
/** What stands at the same place for those who may see no settings. */
const ofMembers = [{ path: paths.connections, label: 'Start', icon: IconHome }];

export function Navigation() {
  const seesSettings = useMay('CONNECTIONS_READ');
  const places = seesSettings ? settings : ofMembers;
  return (
    <nav aria-label={seesSettings ? 'Admin Settings' : 'Pages'}>
      {seesSettings && (
        <p className={classes.title} aria-hidden>
          Admin Settings
        </p>
      )}
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
