import { useApolloClient } from '@apollo/client/react';
import { Anchor, Button, Stack, Text, TextInput } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import { SignInDocument } from '@intrallm/schema';
import { PasswordField } from '../../components/password/password-field.js';
import { readFailure, type Failure } from '../../lib/error-codes.js';
import { focusOnMount } from '../../lib/focus-on-mount.js';
import type { Instance } from '../../lib/session/session-context.js';

interface SignInFormProps {
  instance: Instance;
  /** Known when a session has ended under somebody's hands. */
  email?: string;
  /** The cookie is set. */
  onSignedIn: () => Promise<void>;
}

/** The form stands on a page of its own and in a dialog, whose focus trap looks for the attribute. */
const goOnHere = { ref: focusOnMount, 'data-autofocus': true };

/** Email and password, or the way to whoever signs people in here. */
export function SignInForm({ instance, email: knownEmail = '', onSignedIn }: SignInFormProps) {
  const client = useApolloClient();
  const [email, setEmail] = useState(knownEmail);
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    try {
      await client.mutate({ mutation: SignInDocument, variables: { email, password }, fetchPolicy: 'no-cache' });
      await onSignedIn();
    } catch (error) {
      setFailure(words(readFailure(error)));
      setBusy(false);
    }
  };

  return (
    <Stack gap="md">
      {instance.passwordSignIn && (
        <form onSubmit={(event) => void submit(event)}>
          <Stack gap="md">
            <TextInput
              label="Email"
              name="email"
              type="email"
              autoComplete="username"
              required
              withAsterisk={false}
              {...(knownEmail ? {} : goOnHere)}
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
            />
            <PasswordField
              label="Password"
              name="password"
              autoComplete="current-password"
              required
              withAsterisk={false}
              {...(knownEmail ? goOnHere : {})}
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            {failure && (
              <Text size="sm" c="var(--il-offline-text)" role="alert">
                {failure}
              </Text>
            )}
            <Button type="submit" loading={busy} fullWidth>
              Sign in
            </Button>
          </Stack>
        </form>
      )}
      {instance.singleSignOnUrl && (
        <Anchor href={instance.singleSignOnUrl} size="sm" ta="center">
          Sign in with your organisation’s account
        </Anchor>
      )}
    </Stack>
  );
}

function words({ code, message, retryAfterMs }: Failure): string {
  if (code === 'INVALID_CREDENTIALS') return 'This email and password do not belong together.';
  if (code !== 'RATE_LIMITED') return message;
  const wait = retryAfterMs === null ? 'a while' : `${Math.max(1, Math.ceil(retryAfterMs / 1000))} seconds`;
  return `Too many tries. Wait ${wait}, then try again.`;
}
