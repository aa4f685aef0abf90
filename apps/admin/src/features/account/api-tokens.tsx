import { useMutation, useQuery } from '@apollo/client/react';
import { Button, Skeleton, Text } from '@mantine/core';
import { useRef, useState } from 'react';
import { ApiTokensDocument, RevokeApiTokenDocument } from '@intrallm/schema';
import { useAnnounce } from '../../components/announcer.js';
import { readFailure } from '../../lib/error-codes.js';
import classes from './api-tokens.module.css';
import { NewTokenDialog } from './new-token-dialog.js';
import { TokenExample } from './token-example.js';
import { TokenItem } from './token-item.js';

/** One's own API tokens: those there are, a new one, and the end of one. */
export function ApiTokens() {
  const { data, error, refetch } = useQuery(ApiTokensDocument, { fetchPolicy: 'cache-and-network' });
  const [revoke, revoking] = useMutation(RevokeApiTokenDocument);
  const announce = useAnnounce();
  const opener = useRef<HTMLButtonElement>(null);
  // A new dialog for each opening: nothing of the one before is left in it.
  const [dialog, setDialog] = useState({ opening: 0, opened: false });

  const reload = () => void refetch().catch(() => undefined);
  const onRevoke = async (id: string, name: string) => {
    try {
      await revoke({ variables: { id } });
    } catch {
      return;
    }
    announce(`${name} was revoked.`);
    // What had the focus goes with its row.
    opener.current?.focus();
    await refetch().catch(() => undefined);
  };
  const close = () => {
    setDialog((before) => ({ ...before, opened: false }));
    requestAnimationFrame(() => opener.current?.focus());
  };
  const failure = error ?? revoking.error;

  return (
    <>
      {!data && !error && <Skeleton height={62} radius="sm" />}
      {data?.apiTokens.length === 0 && (
        <div className={classes.empty}>
          <p>
            An editor, a script or a chat client sends a token where you would enter your password. Make one for each,
            so that you can end one without the others.
          </p>
          <TokenExample words="With it, a program asks for the models, for example" />
        </div>
      )}
      {data && data.apiTokens.length > 0 && (
        <ul className={classes.list}>
          {data.apiTokens.map((token) => (
            <TokenItem key={token.id} token={token} onRevoke={() => onRevoke(token.id, token.name)} />
          ))}
        </ul>
      )}
      {failure && (
        <Text size="sm" c="var(--il-offline-text)" role="alert">
          {readFailure(failure).message}
        </Text>
      )}
      <Button
        ref={opener}
        variant="default"
        className={classes.new ?? ''}
        onClick={() => setDialog(({ opening }) => ({ opening: opening + 1, opened: true }))}
      >
        New API token
      </Button>
      {dialog.opening > 0 && (
        <NewTokenDialog key={dialog.opening} opened={dialog.opened} onMade={reload} onClose={close} />
      )}
    </>
  );
}
