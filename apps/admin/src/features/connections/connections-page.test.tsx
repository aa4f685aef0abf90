import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { act, cleanup, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { kindNames, kinds } from '../../lib/kinds.js';
import { renderInApp } from '../../testing/render-app.js';
import { sampleOllamaRow, sampleRow, typename } from '../../testing/row-samples.js';
import { apiError, createScriptedClient, type Answer } from '../../testing/scripted-client.js';
import { createScriptedTransport } from '../../testing/scripted-transport.js';
import { ConnectionsPage } from './connections-page.js';
import { useRemovals } from './removal/use-removals.js';
import { useConnections } from './use-connections.js';

const added = jest.fn();
const secret = 'sk-this-is-the-key-4f2a';

/** The page as the route composes it, with a remove button where the details would be. */
function Page() {
  const connections = useConnections();
  const removals = useRemovals(() => void connections.reload());
  return (
    <ConnectionsPage
      connections={connections}
      removals={removals}
      onAdd={added}
      onEdit={() => undefined}
      renderDetails={(connection) => <button onClick={() => void removals.remove(connection)}>Remove it</button>}
    />
  );
}

type Script = Parameters<typeof createScriptedClient>[0];

async function openPage(script: Script = {}, rows = [sampleRow(), sampleOllamaRow()]) {
  const scripted = createScriptedClient({
    Connections: () => ({ data: { connections: rows } }),
    ConnectionStrips: () => ({ data: { strips: [] } }),
    ConnectionRefreshed: () => ({ data: { connection: null } }),
    ...script,
  });
  const live = createScriptedTransport();
  const view = renderInApp(<Page />, { client: scripted.client, transport: live.transport });
  await screen.findByRole('region', { name: 'OpenAI format API' });
  if (rows[0]) await screen.findByText(rows[0].name);
  return { ...scripted, ...view, live, user: userEvent.setup() };
}

const section = (name: string) => within(screen.getByRole('region', { name }));
const event = (more: Record<string, unknown>) => ({
  connectionStatus: {
    __typename: 'ConnectionStatusEvent',
    at: '2026-11-23T12:00:00.000Z',
    cursor: '9',
    previous: null,
    status: null,
    connection: null,
    connectionId: null,
    ...more,
  },
});

afterEach(() => {
  cleanup();
  added.mockClear();
  jest.useRealTimers();
});

describe('the Connections page', () => {
  it('has a section for each kind in the order of the kinds, each with its plus, its summary and its rows', async () => {
    const { user } = await openPage();
    const names = screen.getAllByRole('heading', { level: 2 }).map((heading) => heading.textContent);
    expect(names.slice(0, 2)).toEqual(['OpenAI format API', 'Ollama API']);
    expect(names).toEqual(kindNames.map((kind) => kinds[kind].title));
    expect(section('OpenAI format API').getByText(/1 of 1 online/).textContent).toBe('1 of 1 online · 12 models');
    expect(section('Ollama API').getByText('Ollama · workstation')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Add an Ollama endpoint' }));
    expect(added).toHaveBeenCalledWith('OLLAMA');
  });

  it('an empty section opens the dialog with its examples', async () => {
    const { user } = await openPage({}, []);
    await user.click(await screen.findByRole('button', { name: 'http://localhost:11434' }));
    expect(added).toHaveBeenCalledWith('OLLAMA', 'http://localhost:11434');
  });

  it('a toggle shows at once, and goes back with the reason in its row when the server refuses', async () => {
    let refuse: (answer: Answer) => void = () => undefined;
    const { user } = await openPage({ ToggleConnection: () => new Promise<Answer>((resolve) => (refuse = resolve)) });
    const toggle = screen.getByRole<HTMLInputElement>('switch', { name: 'Use vLLM · rack 4' });
    await user.click(toggle);
    await waitFor(() => expect(toggle.checked).toBe(false));
    expect(screen.getByText('Switched off')).toBeTruthy();
    refuse(apiError('UNAVAILABLE'));
    expect(await screen.findByRole('alert')).toBeTruthy();
    expect(toggle.checked).toBe(true);
    expect(screen.queryByText('Switched off')).toBeNull();
  });

  it('a toggle of what is not there any more reads the list again', async () => {
    const { user, variablesOf } = await openPage({ ToggleConnection: () => apiError('NOT_FOUND') });
    await user.click(screen.getByRole('switch', { name: 'Use vLLM · rack 4' }));
    expect(await screen.findByRole('alert')).toBeTruthy();
    expect(variablesOf('ToggleConnection')).toEqual([{ id: 'c1', enabled: false }]);
    await waitFor(() => expect(variablesOf('Connections')).toHaveLength(2));
  });

  it('a revealed key is in the row alone: never in the store, and not in the document once it is hidden', async () => {
    const { user, client } = await openPage({
      RevealKey: () => ({
        data: { revealKey: { __typename: 'RevealedKey', connectionId: 'c1', apiKey: secret, revealedAt: 'x' } },
      }),
    });
    await user.click(screen.getByRole('button', { name: 'Reveal the key of vLLM · rack 4' }));
    expect(await screen.findByText(secret)).toBeTruthy();
    expect(JSON.stringify(client.cache.extract())).not.toContain(secret);
    await user.click(screen.getByRole('button', { name: 'Hide the key of vLLM · rack 4' }));
    expect(document.documentElement.outerHTML).not.toContain(secret);
    await user.click(screen.getByRole('button', { name: 'Reveal the key of vLLM · rack 4' }));
    await screen.findByText(secret);
    act(() => void window.dispatchEvent(new Event('blur')));
    expect(document.documentElement.outerHTML).not.toContain(secret);
  });

  it('a revealed key hides itself after half a minute', async () => {
    await openPage({
      RevealKey: () => ({
        data: { revealKey: { __typename: 'RevealedKey', connectionId: 'c1', apiKey: secret, revealedAt: 'x' } },
      }),
    });
    jest.useFakeTimers({ advanceTimers: true });
    const quick = userEvent.setup({ advanceTimers: jest.advanceTimersByTime });
    await quick.click(screen.getByRole('button', { name: 'Reveal the key of vLLM · rack 4' }));
    await screen.findByText(secret);
    act(() => jest.advanceTimersByTime(30_000));
    expect(document.documentElement.outerHTML).not.toContain(secret);
  });

  it('asks for the password when the sign-in is too long ago, then shows the key', async () => {
    let fresh = false;
    const { user, client, variablesOf } = await openPage({
      RevealKey: () =>
        fresh
          ? { data: { revealKey: { __typename: 'RevealedKey', connectionId: 'c1', apiKey: secret, revealedAt: 'x' } } }
          : apiError('REAUTH_REQUIRED'),
      Reauthenticate: ({ password }: { password: string }) => {
        if (password !== 'correct horse') return apiError('INVALID_CREDENTIALS');
        fresh = true;
        return { data: { reauthenticate: { __typename: 'Reauthentication', validUntil: 'later', continueAt: null } } };
      },
    });
    await user.click(screen.getByRole('button', { name: 'Reveal the key of vLLM · rack 4' }));
    const dialog = within(await screen.findByRole('dialog'));
    await user.type(dialog.getByLabelText('Password'), 'wrong{Enter}');
    expect(await dialog.findByText('This is not your password.')).toBeTruthy();
    await user.type(dialog.getByLabelText('Password'), 'correct horse{Enter}');
    expect(await screen.findByText(secret)).toBeTruthy();
    expect(variablesOf('RevealKey')).toHaveLength(2);
    expect(JSON.stringify(client.cache.extract())).not.toContain('correct horse');
  });

  it('a key that cannot be shown says why beside itself', async () => {
    const { user } = await openPage({ RevealKey: () => apiError('UNAVAILABLE') });
    await user.click(screen.getByRole('button', { name: 'Reveal the key of vLLM · rack 4' }));
    expect((await screen.findByRole('alert')).textContent).toContain('The key cannot be shown.');
  });

  it('a removed connection keeps its place with an undo that has the focus, and comes back', async () => {
    const { user } = await openPage({
      RemoveConnection: () => ({ data: { removeConnection: 'c1' } }),
      RestoreConnection: () => ({ data: { restoreConnection: sampleRow() } }),
    });
    await user.click(screen.getByRole('button', { name: 'vLLM · rack 4' }));
    await user.click(screen.getByRole('button', { name: 'Remove it' }));
    const undo = await screen.findByRole('button', { name: 'Undo the removal of vLLM · rack 4' });
    expect(screen.queryByRole('switch', { name: 'Use vLLM · rack 4' })).toBeNull();
    await waitFor(() => expect(document.activeElement).toBe(undo));
    await user.keyboard('{Enter}');
    expect(await screen.findByRole('switch', { name: 'Use vLLM · rack 4' })).toBeTruthy();
    expect(screen.queryByRole('button', { name: /^Undo/ })).toBeNull();
    await waitFor(() => expect(document.activeElement).toBe(screen.getByRole('button', { name: 'vLLM · rack 4' })));
  });

  it('orders names as people count: 2 before 10', async () => {
    await openPage(
      {},
      ['gpu 10', 'gpu 9', 'GPU 2'].map((name) => sampleRow({ id: name, name })),
    );
    const names = section('OpenAI format API').getAllByRole('heading', { level: 3 });
    expect(names.map(({ textContent }) => textContent)).toEqual(['GPU 2', 'gpu 9', 'gpu 10']);
  });

  it('shows a check that comes by itself only where it is the first', async () => {
    await openPage({}, [
      sampleRow({ health: { checking: true } }),
      sampleOllamaRow({ status: 'UNKNOWN', health: { checking: true, checkedAt: null } }),
    ]);
    expect(section('OpenAI format API').queryByText('checking…')).toBeNull();
    expect(section('OpenAI format API').getByText(/12 models/, { selector: 'div' })).toBeTruthy();
    expect(section('Ollama API').getByText('checking…')).toBeTruthy();
  });

  it('a problem stands in its row with the hint and one action', async () => {
    const problem = {
      code: 'CONNECTION_REFUSED',
      message: 'Connection refused',
      hint: 'Is it started?',
      httpStatus: null,
    } as const;
    const row = sampleRow({ status: 'OFFLINE', health: { problem: { ...problem, ...typename('Problem') } } });
    const { user, live, variablesOf } = await openPage(
      { RefreshConnections: () => ({ data: { refreshConnections: progress(0, null) } }) },
      [row],
    );
    expect(screen.getByText('Connection refused.')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Check now: vLLM · rack 4' }));
    await waitFor(() => expect(live.latest('RefreshProgress').variables).toEqual({ id: 'r1' }));
    act(() => live.latest('RefreshProgress').sink.next({ refreshProgress: progress(1, 'now') }));
    await waitFor(() => expect(variablesOf('ConnectionRefreshed')).toEqual([{ id: 'c1' }]));
    expect(variablesOf('RefreshConnections')).toEqual([{ ids: ['c1'] }]);
  });

  it('gives a hint that holds for several connections once, above all of them', async () => {
    const problem = (hint: string) => ({
      __typename: 'Problem',
      code: 'CONNECTION_REFUSED' as const,
      message: 'Connection refused',
      hint,
      httpStatus: null,
    });
    const dead = (id: string, hint: string, kind: 'OPENAI' | 'OLLAMA' = 'OPENAI') =>
      sampleRow({ id, kind, name: `Dead ${id}`, status: 'OFFLINE', health: { problem: problem(hint) } });
    await openPage({}, [
      dead('1', 'Is it started?'),
      dead('2', 'Is it started?'),
      dead('3', 'Is it plugged in?'),
      dead('4', 'Is it started?', 'OLLAMA'),
    ]);
    expect(screen.getAllByText('Connection refused.')).toHaveLength(4);
    expect(screen.getAllByText(/Is it started\?/)).toHaveLength(1);
    expect(screen.getByText(/Is it started\?/).textContent).toBe('3 connections: Is it started?');
    expect(section('OpenAI format API').queryByText(/Is it started\?/)).toBeNull();
    expect(section('OpenAI format API').getAllByText(/Is it plugged in\?/)).toHaveLength(1);
  });

  it('checking all shows how far it is and can be called off', async () => {
    const { user, live, variablesOf } = await openPage({
      RefreshConnections: () => ({ data: { refreshConnections: progress(0, null) } }),
      CancelRefresh: () => ({ data: { cancelRefresh: progress(1, 'now') } }),
    });
    await user.click(screen.getByRole('button', { name: 'Check all' }));
    await waitFor(() => expect(live.latest('RefreshProgress')).toBeTruthy());
    act(() => live.latest('RefreshProgress').sink.next({ refreshProgress: progress(1, null) }));
    expect(screen.getByText('Checked 1 of 2')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Cancel' }));
    act(() =>
      live.latest('RefreshProgress').sink.next({ refreshProgress: { ...progress(1, 'now'), cancelled: true } }),
    );
    expect(await screen.findByRole('button', { name: 'Check all' })).toBeTruthy();
    expect(variablesOf('CancelRefresh')).toEqual([{ id: 'r1' }]);
  });

  it('an answer that was on its way while a change came does not take the change back', async () => {
    const answers: ((answer: Answer) => void)[] = [];
    const { live, client } = await openPage({
      Connections: () =>
        new Promise<Answer>((resolve) => {
          answers.push(resolve);
          if (answers.length === 1) resolve({ data: { connections: [sampleRow()] } });
        }),
    });
    void client.refetchQueries({ include: ['Connections'] });
    await waitFor(() => expect(answers).toHaveLength(2));
    const connection = sampleRow({ status: 'OFFLINE' });
    const change = event({ kind: 'CHANGED', connectionId: 'c1', previous: 'ONLINE', status: 'OFFLINE', connection });
    act(() => live.latest('ConnectionStatusStream').sink.next(change));
    await waitFor(() => expect(JSON.stringify(client.cache.extract())).toContain('OFFLINE'));
    act(() => answers[1]?.({ data: { connections: [sampleRow()] } }));
    expect(await section('OpenAI format API').findByText('Offline')).toBeTruthy();
  });

  it('follows what happens elsewhere: a change, a new connection, a removed one', async () => {
    const { live } = await openPage();
    const { sink } = live.latest('ConnectionStatusStream');
    const offline = sampleRow({ status: 'OFFLINE', health: { status: 'OFFLINE' } });
    act(() =>
      sink.next(
        event({ kind: 'CHANGED', connectionId: 'c1', previous: 'ONLINE', status: 'OFFLINE', connection: offline }),
      ),
    );
    await waitFor(() => expect(section('OpenAI format API').getByText('Offline')).toBeTruthy());
    expect(section('OpenAI format API').getByText(/0 of 1 online/)).toBeTruthy();
    act(() =>
      sink.next(event({ kind: 'CHANGED', connectionId: 'c2', connection: sampleRow({ id: 'c2', name: 'A new one' }) })),
    );
    expect(await screen.findByText('A new one')).toBeTruthy();
    act(() => sink.next(event({ kind: 'REMOVED', connectionId: 'c2' })));
    await waitFor(() => expect(screen.queryByText('A new one')).toBeNull());
  });

  it('filters by words and by status', async () => {
    const { user } = await openPage({}, [
      sampleRow(),
      sampleRow({ id: 'c2', name: 'Old cluster', enabled: false, status: 'DISABLED' }),
    ]);
    await user.click(screen.getByRole('button', { name: 'Filter' }));
    await user.type(screen.getByRole('searchbox'), 'RACK');
    expect(screen.queryByText('Old cluster')).toBeNull();
    expect(section('OpenAI format API').getByText('1 of 2 match')).toBeTruthy();
    await user.clear(screen.getByRole('searchbox'));
    await user.click(screen.getByRole('radio', { name: /^Off 1/ }));
    expect(screen.queryByText('vLLM · rack 4')).toBeNull();
    expect(screen.getByText('Old cluster')).toBeTruthy();
  });

  it('offers once to clear a filter that nothing matches, and leaves the focus in the search', async () => {
    const { user } = await openPage();
    await user.click(screen.getByRole('button', { name: 'Filter' }));
    await user.type(screen.getByRole('searchbox'), 'workstation');
    expect(screen.queryByRole('button', { name: 'Clear the filter' })).toBeNull();
    await user.type(screen.getByRole('searchbox'), ' of somebody else');
    await user.click(screen.getByRole('button', { name: 'Clear the filter' }));
    expect(screen.getByText('vLLM · rack 4')).toBeTruthy();
    expect(screen.getByText('Ollama · workstation')).toBeTruthy();
    expect(screen.getByRole<HTMLInputElement>('searchbox').value).toBe('');
    expect(document.activeElement).toBe(screen.getByRole('searchbox'));
  });

  it('claims no day for what was linked a moment ago: it says since when, and that it just came up', async () => {
    const now = Date.now();
    const halfHour = Math.floor(now / 1_800_000) * 1_800_000;
    const linkedAt = new Date(now - 10_000).toISOString();
    const timeline = Array.from({ length: 48 }, (_, index) => ({
      __typename: 'HealthBucket',
      from: new Date(halfHour - (47 - index) * 1_800_000).toISOString(),
      to: new Date(halfHour - (46 - index) * 1_800_000).toISOString(),
      worst: index === 47 ? 'ONLINE' : null,
      upShare: index === 47 ? 1 : null,
      p50LatencyMs: null,
    }));
    const health = { __typename: 'ConnectionHealth', uptime24h: 1, timeline };
    await openPage(
      { ConnectionStrips: () => ({ data: { strips: [{ __typename: 'Connection', id: 'c1', health }] } }) },
      [sampleRow({ createdAt: linkedAt, health: { since: linkedAt, uptime24h: 1 } })],
    );
    // The history may have begun in the half hour before, were the clock just past one.
    const since = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
    const from = since.format(Math.max(halfHour, now - 10_000));
    expect(await screen.findByText(`100% · since ${from}`)).toBeTruthy();
    expect(screen.getByRole('img', { name: `Last 24 hours: 100% up since ${from}.` })).toBeTruthy();
    expect(screen.getByText('just came up')).toBeTruthy();
  });
});

function progress(done: number, finishedAt: string | null) {
  return { __typename: 'Refresh', id: 'r1', total: 2, done, failed: 0, startedAt: 'x', finishedAt, cancelled: false };
}
