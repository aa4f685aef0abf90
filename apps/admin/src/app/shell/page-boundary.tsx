import { useApolloClient } from '@apollo/client/react';
import { Button, Group, Text, Title } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';
import { useLocation } from 'react-router';
import { ErrorBoundary } from '../../components/error-boundary.js';
import { forgetPages } from '../../lib/apollo/cache.js';

/** A page that crashes leaves the navigation alone: another page, or the same one chosen again, starts anew. */
export function PageBoundary({ children }: { children: ReactNode }) {
  const { key } = useLocation();
  return (
    <ErrorBoundary resetKey={key} fallback={(retry) => <CrashedPage onRetry={retry} />}>
      {children}
    </ErrorBoundary>
  );
}

function CrashedPage({ onRetry }: { onRetry: () => void }) {
  const { cache } = useApolloClient();
  // It may have crashed over what was read: whoever tries again reads again.
  useEffect(() => forgetPages(cache), [cache]);
  return (
    <div role="alert">
      <Title order={1} mb="xs">
        Something went wrong on this page
      </Title>
      <Text c="dimmed" maw="60ch" mb="md">
        The rest of the app still works. What you had saved is saved.
      </Text>
      <Group gap="xs">
        <Button onClick={onRetry}>Try again</Button>
        <Button variant="default" onClick={() => window.location.reload()}>
          Reload
        </Button>
      </Group>
    </div>
  );
}
