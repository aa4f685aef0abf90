import { useApolloClient } from '@apollo/client/react';
import { Anchor, Button, Stack, Text, TextInput } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import { SetUpDocument } from '@intrallm/schema';
import { EntryPage } from '../../components/entry-page.js';
import { PasswordField } from '../../components/password/password-field.js';
import { wholePath } from '../../lib/base-path.js';
import { issueFor, readFailure, type Failure } from '../../lib/error-codes.js';
import { focusOnMount } from '../../lib/focus-on-mount.js';
import { paths } from '../../lib/paths.js';

interface SetUpPageProps {
  /** From the fragment of the link in the server's log; empty without one. */
  token: string;
  onSetUp: () => Promise<void>;
}

/** Makes the first administrator. */
export function SetUpPage({ token, onSetUp }: SetUpPageProps) {
  const client = useApolloClient();
  const [values, setValues] = useState({ name: '', email: '', password: '' });
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);

  if (token === '') {
    return (
      <EntryPage title="Set up IntraLLM" lead="Nobody has an account yet. The first one needs a one-time link.">
        <Text size="sm">
          Open the set-up link that the server wrote into its log when it started. Or start it with{' '}
          <code>INTRALLM_ADMIN_EMAIL</code> and <code>INTRALLM_ADMIN_PASSWORD</code>, and sign in with these.
        </Text>
      </EntryPage>
    );
  }

  const field = (name: keyof typeof values) => ({
    name,
    required: true,
    withAsterisk: false,
    value: values[name],
    error: issueFor(failure, name),
    onChange: ({ currentTarget: { value } }: { currentTarget: { value: string } }) =>
      setValues((before) => ({ ...before, [name]: value })),
  });
  const general = failure && failure.issues.length === 0 ? words(failure) : null;

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    try {
      await client.mutate({ mutation: SetUpDocument, variables: { token, ...values }, fetchPolicy: 'no-cache' });
      await onSetUp();
    } catch (error) {
      setFailure(readFailure(error));
      setBusy(false);
    }
  };

  return (
    <EntryPage title="Set up IntraLLM" lead="You are the first one here. This account administers everything.">
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap="md">
          <TextInput label="Name" autoComplete="name" ref={focusOnMount} {...field('name')} />
          <TextInput label="Email" type="email" autoComplete="username" {...field('email')} />
          <PasswordField
            label="Password"
            description="At least 12 characters"
            autoComplete="new-password"
            {...field('password')}
          />
          {general && (
            <Text size="sm" c="var(--il-offline-text)" role="alert">
              {general}{' '}
              {failure?.code === 'CONFLICT' && <Anchor href={wholePath(paths.signIn)}>Go to the sign-in</Anchor>}
            </Text>
          )}
          <Button type="submit" loading={busy} fullWidth>
            Create the account
          </Button>
        </Stack>
      </form>
    </EntryPage>
  );
}

function words({ code, message }: Failure): string {
  const isOldLink = code === 'INVALID_CREDENTIALS' || code === 'NOT_FOUND' || code === 'UNAUTHENTICATED';
  return isOldLink ? 'This link is not valid any more. The newest one is in the server’s log.' : message;
}
