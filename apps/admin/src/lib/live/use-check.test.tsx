import { ApolloProvider } from '@apollo/client/react';
import { afterEach, expect, it } from '@jest/globals';
import { cleanup, render, screen, waitFor } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { createScriptedClient, type Answer } from '../../testing/scripted-client.js';
import { createScriptedTransport } from '../../testing/scripted-transport.js';
import { TransportContext } from './transport-context.js';
import { useCheck } from './use-check.js';

afterEach(cleanup);

const noIds: string[] = [];

function CheckButton({ onDone }: { onDone: () => void }) {
  const { start } = useCheck(noIds, onDone);
  return <button onClick={() => void start()}>Check</button>;
}

it('whoever left before the check began follows none', async () => {
  let answer: (value: Answer) => void = () => undefined;
  const { client, variablesOf } = createScriptedClient({
    RefreshConnections: () => new Promise<Answer>((resolve) => (answer = resolve)),
  });
  const live = createScriptedTransport();
  let done = 0;
  const view = render(
    <ApolloProvider client={client}>
      <TransportContext value={live.transport}>
        <CheckButton onDone={() => (done += 1)} />
      </TransportContext>
    </ApolloProvider>,
  );
  await userEvent.click(screen.getByRole('button', { name: 'Check' }));
  await waitFor(() => expect(variablesOf('RefreshConnections')).toHaveLength(1));
  view.unmount();
  const refreshConnections = {
    __typename: 'Refresh',
    id: 'r1',
    total: 1,
    done: 0,
    failed: 0,
    startedAt: '2026-11-23T12:00:00.000Z',
    finishedAt: null,
    cancelled: false,
  };
  answer({ data: { refreshConnections } });
  await new Promise((resolve) => setTimeout(resolve));
  expect([live.opened.filter(({ ended }) => !ended), done]).toEqual([[], 0]);
});
