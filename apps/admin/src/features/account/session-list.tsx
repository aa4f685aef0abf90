import { useMutation, useQuery } from '@apollo/client/react';
import { Skeleton, Text } from '@mantine/core';
import { RevokeSessionDocument, SessionsDocument, type SessionList_sessionFragment } from '@intrallm/schema';
import { TextButton } from '../../components/buttons/text-button.js';
import { readFailure } from '../../lib/error-codes.js';
import { formatDateTime } from '../../lib/format/time.js';
import classes from './account-page.module.css';

export function SessionList() {
  const { data, error } = useQuery(SessionsDocument, { fetchPolicy: 'cache-and-network' });
  const [revoke, revoking] = useMutation(RevokeSessionDocument, { refetchQueries: [SessionsDocument] });
  const failure = error ?? revoking.error;
  return (
    <>
      {!data && !error && <Skeleton height={52} radius="sm" />}
      <ul className={classes.list}>
        {data?.sessions.map((session) => (
          <SessionItem
            key={session.id}
            session={session}
            onRevoke={() => void revoke({ variables: { id: session.id } }).catch(() => undefined)}
          />
        ))}
      </ul>
      {failure && (
        <Text size="sm" c="var(--il-offline-text)" role="alert">
          {readFailure(failure).message}
        </Text>
      )}
    </>
  );
}

function SessionItem({ session, onRevoke }: { session: SessionList_sessionFragment; onRevoke: () => void }) {
  const device = deviceName(session.userAgent);
  return (
    <li className={classes.session}>
      <div>
        {device}
        {session.current && ' · this one'}
        <p>{[session.ip, `last used ${formatDateTime(session.lastUsedAt)}`].filter(Boolean).join(' · ')}</p>
      </div>
      {!session.current && (
        <TextButton
          aria-label={`Sign out ${device}, last used ${formatDateTime(session.lastUsedAt)}`}
          onClick={onRevoke}
        >
          Sign out
        </TextButton>
      )}
    </li>
  );
}

/** "Firefox on Linux", as far as a user agent tells it. */
function deviceName(userAgent: string | null): string {
  if (!userAgent) return 'Unknown device';
  const browser = ['Edg', 'Firefox', 'Chrome', 'Safari'].find((name) => userAgent.includes(`${name}/`));
  const system = ['Windows', 'Android', 'iPhone', 'iPad', 'Mac OS', 'Linux'].find((name) => userAgent.includes(name));
  const name = browser === 'Edg' ? 'Edge' : (browser ?? userAgent.split('/')[0] ?? 'A program');
  return system ? `${name} on ${system === 'Mac OS' ? 'macOS' : system}` : name;
}
