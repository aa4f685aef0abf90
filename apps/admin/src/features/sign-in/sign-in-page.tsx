import { EntryPage } from '../../components/entry-page.js';
import type { Instance } from '../../lib/session/session-context.js';
import { SignInForm } from './sign-in-form.js';

interface SignInPageProps {
  instance: Instance;
  onSignedIn: () => Promise<void>;
}

export function SignInPage({ instance, onSignedIn }: SignInPageProps) {
  return (
    <EntryPage title="Sign in">
      <SignInForm instance={instance} onSignedIn={onSignedIn} />
    </EntryPage>
  );
}
