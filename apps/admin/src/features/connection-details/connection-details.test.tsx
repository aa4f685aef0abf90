import { afterEach, describe, expect, it } from '@jest/globals';
import { cleanup, fireEvent, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { Scope } from '@intrallm/schema';
import { renderInApp } from '../../testing/render-app.js';
import { sampleConnection, sampleHealth, sampleModel } from '../../testing/samples.js';
import { createScriptedClient } from '../../testing/scripted-client.js';
import { ConnectionDetails } from './connection-details.js';

/** What follows the override would be drawn backwards. */
const TURNED = 'model-9\u202eevil';
const MODELS = Array.from({ length: 120 }, (_, index) =>
  sampleModel({
    id: `m${index}`,
    name: index === 9 ? TURNED : `model-${index}`,
    capabilities: index === 0 ? null : ['CHAT', 'TOOLS'],
  }),
);

interface PageVariables {
  search: string | null;
  first: number;
  after?: string;
}

function matching(search: string | null) {
  return MODELS.filter(({ name }) => name.includes(search ?? ''));
}

function open(scopes?: Scope[], health: Parameters<typeof sampleHealth>[0] = {}) {
  const scripted = createScriptedClient({
    ConnectionDetails: () => ({
      data: { connection: { ...sampleConnection(), status: 'ONLINE', modelCount: 120, health: sampleHealth(health) } },
    }),
    ConnectionDetailsModels: ({ search, first, after }: PageVariables) => {
      const all = matching(search);
      const start = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
      return { data: { models: all.slice(start, start + first) } };
    },
    ConnectionDetailsModelCount: ({ search }: PageVariables) => ({ data: { modelCount: matching(search).length } }),
    ConnectionDetailsChanges: () => ({ data: { auditLog: [] } }),
    SetModelCapabilities: ({ id, capabilities }: { id: string; capabilities: unknown }) => ({
      data: { setModelCapabilities: { ...MODELS.find((model) => model.id === id), capabilities } },
    }),
  });
  renderInApp(<ConnectionDetails connectionId="c1" />, { client: scripted.client, ...(scopes && { scopes }) });
  return { ...scripted, user: userEvent.setup({ delay: null }) };
}

const rowOf = async (name: string) => {
  const row = (await screen.findByRole('button', { name })).closest('li');
  if (!row) throw new Error(`No row has ${name}`);
  return within(row);
};

afterEach(cleanup);

describe('the last day of an opened row', () => {
  const day = async () => within(await screen.findByRole('region', { name: 'Last 24 hours' }));

  it('lists the changes that there were, with what was wrong', async () => {
    const refused = { code: 'CONNECTION_REFUSED' as const, message: 'Connection refused.' };
    open(undefined, {
      transitions: [
        { at: '2026-11-23T10:00:00.000Z', status: 'ONLINE', problem: null },
        { at: '2026-11-23T02:00:00.000Z', status: 'OFFLINE', problem: refused },
      ],
    });
    expect((await day()).getByText('Online')).toBeTruthy();
    expect((await day()).getByText(/^Offline/).textContent).toBe('Offline Connection refused.');
  });

  it('says so where nothing changed', async () => {
    open(undefined, { transitions: [] });
    expect((await day()).getByText('No change in the last 24 hours.')).toBeTruthy();
    expect((await day()).queryByText('Online')).toBeNull();
  });
});

describe('the last check of an opened row', () => {
  const check = async () => within(await screen.findByRole('region', { name: 'Last check' }));
  const leftOut = {
    // With its type: the cache keeps the fields of a fragment only where it knows the type.
    __typename: 'Problem' as const,
    code: 'PARTIAL_MODEL_LIST' as const,
    message: '1 model was left out: the id repeats the key.',
    hint: 'Declare it by hand.',
    httpStatus: null,
  };
  const stages = sampleHealth().stages.map((stage) =>
    stage.stage === 'CATALOGUE' ? { ...stage, state: 'WARNING' as const, problem: leftOut } : stage,
  );

  it('says what is wrong at a stage, and what helps', async () => {
    open(undefined, { stages });
    expect((await check()).getByText(leftOut.message).parentElement?.textContent).toBe(
      '1 model was left out: the id repeats the key. Declare it by hand.',
    );
  });

  it('does not repeat what the row of the connection says already', async () => {
    open(undefined, { stages, problem: leftOut });
    expect((await check()).queryByText(leftOut.message)).toBeNull();
  });
});

describe('the models of an opened row', () => {
  it('say that capabilities are not known rather than guess them', async () => {
    open();
    expect((await rowOf('model-0')).getByText('capabilities not known')).toBeTruthy();
    expect((await rowOf('model-1')).getByText('chat, tools')).toBeTruthy();
  });

  it('come page by page, and none is missing or twice', async () => {
    const { user } = open();
    expect(await screen.findByText('model-99')).toBeTruthy();
    expect(screen.queryByText('model-100')).toBeNull();
    await user.click(screen.getByRole('button', { name: /Show more/ }));
    expect(await screen.findByText('model-119')).toBeTruthy();
    expect(screen.getAllByText('model-99')).toHaveLength(1);
    expect(screen.queryByRole('button', { name: /Show more/ })).toBeNull();
  });

  it('are found by search also where no page has brought them yet', async () => {
    open();
    const search = await screen.findByLabelText(/Search the models/);
    fireEvent.change(search, { target: { value: 'model-117' } });
    expect(await screen.findByText('1 found')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'model-117' })).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'model-1' })).toBeNull();
  });

  it('write out what is unseen in a name, which the copied command holds as it is', async () => {
    const { user } = open();
    await user.click(await screen.findByRole('button', { name: 'model-9‹U+202E›evil' }));
    expect(screen.getByText(/chat\/completions/).textContent).toContain('"model":"model-9‹U+202E›evil"');
    await user.click(screen.getByRole('button', { name: /^Copy the command/ }));
    expect(await navigator.clipboard.readText()).toContain(`"model":"${TURNED}"`);
  });

  it('bring a command for the one that is chosen', async () => {
    const { user } = open();
    await user.click(await screen.findByRole('button', { name: 'model-7' }));
    expect(screen.getByText(/chat\/completions/).textContent).toContain('"model":"model-7"');
  });
});

describe('the rest of an opened row', () => {
  it('shows every stage of the last check', async () => {
    open();
    const check = within(await screen.findByRole('region', { name: 'Last check' }));
    for (const stage of ['Address', 'Connect', 'TLS', 'Key', 'Models']) expect(check.getByText(stage)).toBeTruthy();
  });

  it('neither asks for nor shows the audit log to those who may not read it', async () => {
    const { variablesOf } = open(['CONNECTIONS_READ', 'MODELS_READ']);
    await rowOf('model-0');
    expect(screen.queryByText('Recent changes')).toBeNull();
    expect(variablesOf('ConnectionDetailsChanges')).toEqual([]);
  });

  it('offers no change to those who may only read', async () => {
    open(['CONNECTIONS_READ', 'MODELS_READ']);
    await rowOf('model-0');
    expect(screen.queryByRole('button', { name: /Capabilities of/ })).toBeNull();
    expect(screen.queryByRole('button', { name: /^Check now/ })).toBeNull();
  });
});
