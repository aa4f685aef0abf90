import { useApolloClient } from '@apollo/client/react';
import { Anchor, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import { ReauthenticateDocument } from '@intrallm/schema';
import { readFailure } from '../../lib/error-codes.js';
import { PasswordField } from './password-field.js';

export interface ReauthenticationDialogProps {
  /** Why the password is asked for, in a sentence. */
  reason: string;
  onClose: () => void;
  /** The server believes it again, for five minutes. */
  onDone: () => void;
}

/** Asks for the password once more, for what the server does only shortly after a sign-in. */
export function ReauthenticationDialog({ reason, onClose, onDone }: ReauthenticationDialogProps) {
  const client = useApolloClient();
  const [password, setPassword] = useState('');
  const [failure, setFailure] = useState<string | null>(null);
  const [continueAt, setContinueAt] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    try {
      const { data } = await client.mutate({
        mutation: ReauthenticateDocument,
        variables: { password },
        fetchPolicy: 'no-cache',
      });
      if (data?.reauthenticate.continueAt) setContinueAt(data.reauthenticate.continueAt);
      else onDone();
    } catch (error) {
      const { code, message } = readFailure(error);
      setFailure(code === 'INVALID_CREDENTIALS' ? 'This is not your password.' : message);
      setPassword('');
    } finally {
      setBusy(false);
    }
  };

  return (
    <Modal opened onClose={onClose} title="Enter your password" size={400}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap="md">
          <Text size="sm" c="dimmed">
            {reason}
          </Text>
          {continueAt ? (
            <Anchor href={continueAt}>Go on where you signed in</Anchor>
          ) : (
            <PasswordField
              label="Password"
              name="password"
              autoComplete="current-password"
              required
              withAsterisk={false}
              data-autofocus
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
              error={failure}
            />
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            {!continueAt && (
              <Button type="submit" loading={busy} disabled={password === ''}>
                Continue
              </Button>
            )}
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
