import type { ApolloClient } from '@apollo/client';
import { Button, Group } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';
import { EntryPage } from '../components/entry-page.js';
import { ErrorBoundary } from '../components/error-boundary.js';

interface AppBoundaryProps {
  client: ApolloClient;
  children: ReactNode;
}

/** For what crashes outside of a page, so that nobody is left with a blank window. */
export function AppBoundary({ client, children }: AppBoundaryProps) {
  return <ErrorBoundary fallback={(retry) => <CrashedApp client={client} onRetry={retry} />}>{children}</ErrorBoundary>;
}

function CrashedApp({ client, onRetry }: { client: ApolloClient; onRetry: () => void }) {
  // It may have crashed over what was read: whoever tries again reads again.
  useEffect(() => void client.clearStore(), [client]);
  return (
    <EntryPage title="Something went wrong" lead="The app cannot go on here. What you had saved is saved.">
      <Group gap="xs">
        <Button onClick={onRetry}>Try again</Button>
        <Button variant="default" onClick={() => window.location.reload()}>
          Reload
        </Button>
      </Group>
    </EntryPage>
  );
}
