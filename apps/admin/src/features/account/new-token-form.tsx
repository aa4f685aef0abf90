import { Button, Checkbox, Group, Input, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useId, useState, type SubmitEvent } from 'react';
import type { CreateApiTokenInput, Scope } from '@intrallm/schema';
import { issueFor, type Failure } from '../../lib/error-codes.js';
import { useViewer } from '../../lib/session/session-context.js';
import classes from './api-tokens.module.css';
import { scopeLabel, scopesToGive, usualScopes } from './scope-words.js';

const DAY_MS = 86_400_000;
const EXPIRIES = [
  { value: 'never', label: 'Never' },
  { value: '30', label: 'In 30 days' },
  { value: '90', label: 'In 90 days' },
];

interface NewTokenFormProps {
  busy: boolean;
  failure: Failure | null;
  onSubmit: (input: CreateApiTokenInput) => Promise<void>;
  onCancel: () => void;
}

/** What a token is called, what it may do and when it ends. */
export function NewTokenForm({ busy, failure, onSubmit, onCancel }: NewTokenFormProps) {
  const own = useViewer().scopes;
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<Scope[]>(() => usualScopes(own));
  const [expiry, setExpiry] = useState('never');
  const expiryId = useId();
  const offered = scopesToGive(own);

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const expiresAt = expiry === 'never' ? null : new Date(Date.now() + Number(expiry) * DAY_MS).toISOString();
    void onSubmit({ name: name.trim(), scopes, expiresAt });
  };
  const nameIssue = issueFor(failure, 'name');
  const scopesIssue = issueFor(failure, 'scopes');
  const expiryIssue = issueFor(failure, 'expiresAt');
  const general = failure && !nameIssue && !scopesIssue && !expiryIssue ? failure.message : null;

  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          label="Name"
          description="Which program it is for, such as “editor on my laptop”"
          required
          withAsterisk={false}
          maxLength={100}
          autoComplete="off"
          data-autofocus
          value={name}
          error={nameIssue}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Checkbox.Group
          label="What it may do"
          value={scopes}
          error={scopesIssue}
          onChange={(chosen) => setScopes(offered.filter((scope) => chosen.includes(scope)))}
        >
          <div className={classes.scopes}>
            {offered.map((scope) => (
              <Checkbox key={scope} value={scope} label={scopeLabel(scope)} size="xs" />
            ))}
          </div>
        </Checkbox.Group>
        <Input.Wrapper label="Expires" labelElement="div" labelProps={{ id: expiryId }} error={expiryIssue}>
          <SegmentedControl
            className={classes.expiry ?? ''}
            fullWidth
            size="xs"
            aria-labelledby={expiryId}
            value={expiry}
            onChange={setExpiry}
            data={EXPIRIES}
          />
        </Input.Wrapper>
        {general && (
          <Text size="sm" c="var(--il-offline-text)" role="alert">
            {general}
          </Text>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" disabled={busy} onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" loading={busy} disabled={name.trim() === '' || scopes.length === 0}>
            Make the token
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
