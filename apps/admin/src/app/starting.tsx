import { Button } from '@mantine/core';
import { EntryPage } from '../components/entry-page.js';
import type { Session } from '../lib/session/session-context.js';

/** Until the server has said who is here: nothing, which is shorter than a flash of something; or why it has not. */
export function Starting({ session }: { session: Session }) {
  if (session.state !== 'unreachable') return <div aria-busy="true" />;
  return (
    <EntryPage title="The server does not answer" lead={session.failure.message}>
      <Button variant="default" onClick={session.retry}>
        Try again
      </Button>
    </EntryPage>
  );
}
