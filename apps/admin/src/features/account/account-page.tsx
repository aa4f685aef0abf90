import { useEffect } from 'react';
import { useLocation } from 'react-router';
import { apiTokensPlace } from '../../lib/paths.js';
import { useViewer } from '../../lib/session/session-context.js';
import classes from './account-page.module.css';
import { ApiTokens } from './api-tokens.js';
import { ChangePassword } from './change-password.js';
import { SessionList } from './session-list.js';

/** One's own account: the password, the tokens of one's programs, and where one is signed in. */
export function AccountPage() {
  const { name, email } = useViewer();
  const { hash } = useLocation();
  // A link to a place of a page leads there in an app as well.
  useEffect(() => {
    if (hash !== `#${apiTokensPlace}`) return;
    const title = document.getElementById(apiTokensPlace);
    title?.scrollIntoView({ block: 'start' });
    title?.focus({ preventScroll: true });
  }, [hash]);
  return (
    <>
      <header className={classes.header}>
        <h1>Your account</h1>
        <p>
          {name}
          {email && ` · ${email}`}
        </p>
      </header>
      <div className={classes.sections}>
        <section className={classes.card} aria-labelledby="password-title">
          <h2 id="password-title">Password</h2>
          <p className={classes.lead}>Changing it signs you out everywhere else.</p>
          <ChangePassword />
        </section>
        <section className={classes.card} aria-labelledby={apiTokensPlace}>
          <h2 id={apiTokensPlace} tabIndex={-1}>
            API tokens
          </h2>
          <p className={classes.lead}>What your programs sign in with.</p>
          <ApiTokens />
        </section>
        <section className={classes.card} aria-labelledby="sessions-title">
          <h2 id="sessions-title">Sessions</h2>
          <p className={classes.lead}>Where you are signed in.</p>
          <SessionList />
        </section>
      </div>
    </>
  );
}
