import classes from './account-page.module.css';
import { ChangePassword } from './change-password.js';
import { SessionList } from './session-list.js';
import { useViewer } from '../../lib/session/session-context.js';

/** One's own account: the password, and where one is signed in. */
export function AccountPage() {
  const { name, email } = useViewer();
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
        <section className={classes.card} aria-labelledby="sessions-title">
          <h2 id="sessions-title">Sessions</h2>
          <p className={classes.lead}>Where you are signed in.</p>
          <SessionList />
        </section>
      </div>
    </>
  );
}
