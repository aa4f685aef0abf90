import { afterEach, describe, expect, it } from '@jest/globals';
import { cleanup, screen, waitFor, within } from '@testing-library/react';
import { renderWholeApp, sampleViewer, sessionAnswer } from '../../testing/render-whole-app.js';
import { sampleOllamaRow, sampleRow } from '../../testing/row-samples.js';
import { sampleConnection, sampleHealth, sampleVerification } from '../../testing/samples.js';
import { apiError, type Script } from '../../testing/scripted-client.js';

type Row = ReturnType<typeof sampleRow>;

/** The page with one row opened to its details. */
async function openDetails(row: Row = sampleRow(), script: Script = {}) {
  const detailed = { ...row, health: sampleHealth() };
  const app = renderWholeApp(
    {
      Connections: () => ({ data: { connections: [row, sampleOllamaRow()] } }),
      ConnectionDetails: () => ({ data: { connection: detailed } }),
      ConnectionDetailsModels: () => ({ data: { models: [] } }),
      ConnectionDetailsModelCount: () => ({ data: { modelCount: 0 } }),
      ConnectionDetailsChanges: () => ({ data: { auditLog: [] } }),
      ConnectionEditor: () => ({ data: { connection: sampleConnection({ id: row.id, name: row.name }) } }),
      RemoveConnection: () => ({ data: { removeConnection: row.id } }),
      RestoreConnection: () => ({ data: { restoreConnection: row } }),
      ...script,
    },
    '/connections',
  );
  await app.user.click(await screen.findByRole('button', { name: row.name }));
  await screen.findByRole('region', { name: 'Last check' });
  return app;
}

afterEach(cleanup);

describe('the dialog', () => {
  it('gives the focus back to what opened it', async () => {
    const { user } = await openDetails();
    for (const name of ['Settings of vLLM · rack 4', 'Add an Ollama endpoint']) {
      const [opener] = screen.getAllByRole('button', { name });
      if (!opener) throw new Error(`No button is called ${name}`);
      await user.click(opener);
      await within(await screen.findByRole('dialog')).findByLabelText('Endpoint URL');
      await user.keyboard('{Escape}');
      await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
      await waitFor(() => expect(document.activeElement).toBe(opener));
    }
  });
});

describe('a starting point', () => {
  /** An empty page, and the dialog that a chip opens. `list` answers what the list is read with after adding. */
  async function addFromChip(list: () => Promise<void>) {
    const added = sampleOllamaRow({ id: 'c9' });
    let isAdded = false;
    const app = renderWholeApp(
      {
        Connections: async () => {
          if (!isAdded) return { data: { connections: [] } };
          await list();
          return { data: { connections: [added] } };
        },
        ConnectionRefreshed: async () => {
          await list();
          return { data: { connection: { ...added, health: { ...added.health, timeline: [] } } } };
        },
        VerifyConnection: () => ({ data: { verifyConnection: sampleVerification() } }),
        AddConnection: () => {
          isAdded = true;
          return { data: { addConnection: sampleConnection({ id: 'c9', kind: 'OLLAMA' }) } };
        },
      },
      '/connections',
    );
    await app.user.click(await screen.findByRole('button', { name: 'http://localhost:11434' }));
    const dialog = within(await screen.findByRole('dialog'));
    await app.user.click(await dialog.findByLabelText('Endpoint URL'));
    await app.user.tab();
    await dialog.findByText(/2 models/, { selector: 'strong' });
    await app.user.click(dialog.getByRole('button', { name: 'Add endpoint' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    return app;
  }
  const plus = () => screen.getByRole('button', { name: 'Add an Ollama endpoint' });

  it('that is gone before the dialog is leaves the focus to the plus of its section', async () => {
    await addFromChip(() => Promise.resolve());
    await screen.findByText('Ollama · workstation');
    await waitFor(() => expect(document.activeElement).toBe(plus()));
  });

  it('that goes after it got the focus back leaves it there as well', async () => {
    let arrive = () => {};
    const arrival = new Promise<void>((resolve) => (arrive = resolve));
    await addFromChip(() => arrival);
    const chip = screen.getByRole('button', { name: 'http://localhost:11434' });
    await waitFor(() => expect(document.activeElement).toBe(chip));
    arrive();
    await screen.findByText('Ollama · workstation');
    await waitFor(() => expect(document.activeElement).toBe(plus()));
  });
});

describe('the details of a connection', () => {
  it('open the same dialog as the gear, under the same name', async () => {
    const { user, variablesOf } = await openDetails();
    const [gear, words] = screen.getAllByRole('button', { name: 'Settings of vLLM · rack 4' });
    expect([gear?.textContent, words?.textContent]).toEqual(['', 'Settings']);
    if (words) await user.click(words);
    const dialog = within(await screen.findByRole('dialog', { name: 'Settings of vLLM · rack 4' }));
    expect((await dialog.findByLabelText<HTMLInputElement>('Endpoint URL')).value).toBe(sampleConnection().url);
    expect(dialog.getByRole('button', { name: 'Remove' })).toBeTruthy();
    expect(variablesOf('ConnectionEditor')).toEqual([{ id: 'c1' }]);
  });

  it('remove it from the version that is shown, with an undo in its place that has the focus', async () => {
    const { user, variablesOf } = await openDetails();
    await user.click(screen.getByRole('button', { name: 'Remove vLLM · rack 4' }));
    const undo = await screen.findByRole('button', { name: 'Undo the removal of vLLM · rack 4' });
    expect(variablesOf('RemoveConnection')).toEqual([{ id: 'c1', version: 3 }]);
    expect(screen.queryByRole('region', { name: 'Last check' })).toBeNull();
    await waitFor(() => expect(document.activeElement).toBe(undo));
    await user.keyboard('{Enter}');
    expect(await screen.findByRole('region', { name: 'Last check' })).toBeTruthy();
    expect(variablesOf('RestoreConnection')).toEqual([{ id: 'c1' }]);
  });

  it('stay open with the reason in the row when the server does not remove it', async () => {
    const { user } = await openDetails(sampleRow(), { RemoveConnection: () => apiError('UNAVAILABLE') });
    await user.click(screen.getByRole('button', { name: 'Remove vLLM · rack 4' }));
    expect((await screen.findByRole('alert')).textContent).toContain('That did not work.');
    expect(screen.getByRole('region', { name: 'Last check' })).toBeTruthy();
  });

  it('offer no removal of what the environment manages', async () => {
    await openDetails(sampleRow({ managedBy: 'ENVIRONMENT' }));
    expect(screen.getByText('Settings', { selector: 'button' })).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Remove vLLM · rack 4' })).toBeNull();
  });

  it('offer neither to those who may only read', async () => {
    await openDetails(sampleRow(), {
      Session: () => sessionAnswer(sampleViewer({ scopes: ['CONNECTIONS_READ', 'MODELS_READ'] })),
    });
    expect(screen.queryByRole('button', { name: /^(Settings of|Remove) vLLM/ })).toBeNull();
  });
});
