import { AppShell, Burger } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useEffect } from 'react';
import { Outlet, useLocation } from 'react-router';
import { Brand } from '../../components/brand.js';
import { useMay } from '../../lib/session/session-context.js';
import { AccountMenu } from './account-menu.js';
import { Navigation } from './navigation.js';
import { PageBoundary } from './page-boundary.js';
import classes from './shell.module.css';

/** The frame of every page behind the sign-in: navigation at the left, on a phone behind the burger. */
export function Shell() {
  const [opened, navigation] = useDisclosure(false);
  const { pathname } = useLocation();
  const { close } = navigation;
  const seesSettings = useMay('CONNECTIONS_READ');
  useEffect(close, [pathname, close]);

  return (
    <AppShell
      layout="alt"
      padding={0}
      navbar={{ width: 228, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      header={{ height: { base: 50, sm: 0 } }}
    >
      <a className={classes.skip} href="#main">
        Skip to the page
      </a>
      <AppShell.Header className={classes.header ?? ''} hiddenFrom="sm">
        <Burger
          opened={opened}
          onClick={navigation.toggle}
          size={18}
          lineSize={2}
          aria-label={opened ? 'Close the navigation' : 'Open the navigation'}
          aria-expanded={opened}
          className={classes.burger ?? ''}
        />
        <span className={classes.title}>IntraLLM</span>
        {seesSettings && <span className={classes.place}>Admin Settings</span>}
      </AppShell.Header>
      <AppShell.Navbar className={classes.navbar ?? ''} data-open={opened}>
        <div className={classes.brand}>
          <Brand />
          <Burger
            hiddenFrom="sm"
            opened
            onClick={close}
            size={18}
            lineSize={2}
            aria-label="Close the navigation"
            className={classes.burger ?? ''}
          />
        </div>
        <div className={classes.links}>
          <Navigation />
        </div>
        <AccountMenu />
      </AppShell.Navbar>
      <AppShell.Main className={classes.main ?? ''} id="main" tabIndex={-1}>
        <div className={classes.column}>
          <PageBoundary>
            <Outlet />
          </PageBoundary>
        </div>
      </AppShell.Main>
    </AppShell>
  );
}
