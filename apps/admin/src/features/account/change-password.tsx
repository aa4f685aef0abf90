import { useApolloClient } from '@apollo/client/react';
import { Button, Text } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import { ChangePasswordDocument } from '@intrallm/schema';
import { PasswordField } from '../../components/password/password-field.js';
import { issueFor, readFailure, type Failure } from '../../lib/error-codes.js';
import classes from './account-page.module.css';

const empty = { current: '', next: '' };

export function ChangePassword() {
  const client = useApolloClient();
  const [values, setValues] = useState(empty);
  const [state, setState] = useState<'editing' | 'busy' | 'changed'>('editing');
  const [failure, setFailure] = useState<Failure | null>(null);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setState('busy');
    setFailure(null);
    const variables = { current: values.current, new: values.next };
    try {
      await client.mutate({ mutation: ChangePasswordDocument, variables, fetchPolicy: 'no-cache' });
      setValues(empty);
      setState('changed');
    } catch (error) {
      setFailure(readFailure(error));
      setState('editing');
    }
  };

  const isWrong = failure?.code === 'INVALID_CREDENTIALS';
  const currentIssue = isWrong ? 'This is not your password.' : issueFor(failure, 'current');
  const newIssue = issueFor(failure, 'new');
  const general = failure && !currentIssue && !newIssue ? failure.message : null;

  return (
    <form className={classes.fields} onSubmit={(event) => void submit(event)}>
      <PasswordField
        label="Current password"
        name="current-password"
        autoComplete="current-password"
        required
        withAsterisk={false}
        value={values.current}
        error={currentIssue}
        onChange={(event) => setValues({ ...values, current: event.currentTarget.value })}
      />
      <PasswordField
        label="New password"
        description="At least 12 characters"
        name="new-password"
        autoComplete="new-password"
        required
        withAsterisk={false}
        value={values.next}
        error={newIssue}
        onChange={(event) => setValues({ ...values, next: event.currentTarget.value })}
      />
      <div>
        <Button type="submit" loading={state === 'busy'}>
          Change the password
        </Button>
      </div>
      <Text size="sm" role="status" c={general ? 'var(--il-offline-text)' : 'dimmed'}>
        {general ?? (state === 'changed' ? 'Changed. You are signed out everywhere else.' : '')}
      </Text>
    </form>
  );
}
