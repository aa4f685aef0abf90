import { afterEach, describe, expect, it } from '@jest/globals';
import { cleanup, screen, waitFor, within } from '@testing-library/react';
import type { Scope } from '@intrallm/schema';
import { renderWholeApp, sampleViewer, sessionAnswer } from '../../testing/render-whole-app.js';
import { apiError, type Script } from '../../testing/scripted-client.js';

const secret = 'ilm_this-is-the-token-and-nobody-sees-it-twice';

function sampleToken(more: Record<string, unknown> = {}) {
  return {
    __typename: 'ApiToken',
    id: 't1',
    name: 'editor',
    preview: 'ilm_…4f2a',
    scopes: ['CHAT', 'MODELS_READ'],
    createdAt: '2026-11-20T10:00:00.000Z',
    lastUsedAt: null,
    expiresAt: null,
    ...more,
  };
}

const adminScopes: Scope[] = ['CONNECTIONS_READ', 'CONNECTIONS_WRITE', 'KEYS_REVEAL', 'MODELS_READ', 'CHAT'];

/** The account page over a server that keeps tokens. */
async function openPage(script: Script = {}, tokens = [sampleToken()], scopes = adminScopes) {
  const server = { tokens };
  const app = renderWholeApp(
    {
      Session: () => sessionAnswer(sampleViewer({ scopes })),
      ApiTokens: () => ({ data: { apiTokens: server.tokens } }),
      CreateApiToken: ({ input }: { input: { name: string } }) => {
        server.tokens = [sampleToken({ id: 't2', name: input.name, preview: 'ilm_…wice' }), ...server.tokens];
        const apiToken = { __typename: 'ApiToken', id: 't2', name: input.name };
        return { data: { createApiToken: { __typename: 'CreatedApiToken', token: secret, apiToken } } };
      },
      RevokeApiToken: ({ id }: { id: string }) => {
        server.tokens = server.tokens.filter((token) => token.id !== id);
        return { data: { revokeApiToken: id } };
      },
      ...script,
    },
    '/account',
  );
  const card = within(await screen.findByRole('region', { name: 'API tokens' }));
  await card.findByText(tokens[0]?.name ?? /INTRALLM_TOKEN/);
  const openDialog = async () => {
    await app.user.click(card.getByRole('button', { name: 'New API token' }));
    return within(await screen.findByRole('dialog', { name: 'New API token' }));
  };
  return { ...app, card, openDialog };
}

afterEach(cleanup);

describe('the API tokens of a person', () => {
  it('are listed with what they may do, and when they were made, used and end', async () => {
    const { card } = await openPage({}, [
      sampleToken(),
      sampleToken({
        id: 't2',
        name: 'old one',
        lastUsedAt: '2026-01-02T10:00:00.000Z',
        expiresAt: '2026-01-03T10:00:00.000Z',
      }),
    ]);
    const [first, second] = card.getAllByRole('listitem').map(({ textContent }) => textContent);
    for (const words of [
      'editor',
      'ilm_…4f2a',
      'use models, list models',
      'made 20 Nov 2026',
      'never used',
      'never expires',
    ])
      expect(first).toContain(words);
    expect(second).toContain('last used 2 Jan');
    expect(second).toContain('expired 3 Jan 2026');
  });

  it('are introduced by a command to try, where there are none', async () => {
    const { card } = await openPage({}, []);
    expect(card.getByText(/^curl/).textContent).toContain('/v1/models');
    expect(card.queryByRole('list')).toBeNull();
  });
});

describe('a new API token', () => {
  it('may use and list models unless chosen otherwise, and is never offered to reveal keys', async () => {
    const { openDialog, user, variablesOf } = await openPage();
    const dialog = await openDialog();
    expect(dialog.getAllByRole('checkbox').map((box) => box.getAttribute('value'))).toEqual([
      'CHAT',
      'MODELS_READ',
      'CONNECTIONS_READ',
      'CONNECTIONS_WRITE',
    ]);
    await waitFor(() => expect(document.activeElement).toBe(dialog.getByLabelText('Name')));
    await user.keyboard('my laptop{Enter}');
    await screen.findByText(secret);
    expect(variablesOf('CreateApiToken')).toEqual([
      { input: { name: 'my laptop', scopes: ['CHAT', 'MODELS_READ'], expiresAt: null } },
    ]);
  });

  it('offers a person only what that person may do', async () => {
    const { openDialog } = await openPage({}, [], ['MODELS_READ', 'CHAT']);
    const dialog = await openDialog();
    expect(dialog.getAllByRole('checkbox')).toHaveLength(2);
  });

  it('ends after the days that were chosen', async () => {
    const { openDialog, user, variablesOf } = await openPage();
    const dialog = await openDialog();
    const before = Date.now();
    await user.click(dialog.getByRole('radio', { name: 'In 30 days' }));
    await user.type(dialog.getByLabelText('Name'), 'for a month{Enter}');
    await screen.findByText(secret);
    const [{ input }] = variablesOf('CreateApiToken') as [{ input: { expiresAt: string } }];
    const days = (Date.parse(input.expiresAt) - before) / 86_400_000;
    expect(Math.round(days)).toBe(30);
  });

  it('is shown once: not in the store at any time, nor in the document after the dialog is closed', async () => {
    const { openDialog, user, client, card } = await openPage();
    const dialog = await openDialog();
    await user.type(dialog.getByLabelText('Name'), 'my laptop{Enter}');
    const shown = within(await screen.findByRole('dialog', { name: 'Copy your new token' }));
    expect(shown.getByText('It is not shown again.')).toBeTruthy();
    expect(shown.getByRole('button', { name: 'Copy the token my laptop' })).toBeTruthy();
    expect(JSON.stringify(client.cache.extract())).not.toContain(secret);
    expect(await card.findByText('my laptop')).toBeTruthy();
    await user.click(shown.getByRole('button', { name: 'Done' }));
    expect(document.documentElement.outerHTML).not.toContain(secret);
    expect(JSON.stringify(client.cache.extract())).not.toContain(secret);
    await waitFor(() => expect(document.activeElement).toBe(card.getByRole('button', { name: 'New API token' })));
    const again = await openDialog();
    expect(again.getByLabelText<HTMLInputElement>('Name').value).toBe('');
  });

  it('that can change things asks for the password when the sign-in is too long ago, and goes on by itself', async () => {
    let fresh = false;
    const { openDialog, user, variablesOf } = await openPage({
      CreateApiToken: () =>
        fresh
          ? {
              data: {
                createApiToken: {
                  __typename: 'CreatedApiToken',
                  token: secret,
                  apiToken: { __typename: 'ApiToken', id: 't2', name: 'admin' },
                },
              },
            }
          : apiError('REAUTH_REQUIRED'),
      Reauthenticate: () => {
        fresh = true;
        return { data: { reauthenticate: { __typename: 'Reauthentication', validUntil: 'later', continueAt: null } } };
      },
    });
    const dialog = await openDialog();
    await user.click(dialog.getByRole('checkbox', { name: 'Add, change and remove connections' }));
    await user.type(dialog.getByLabelText('Name'), 'admin{Enter}');
    const question = await screen.findByRole('dialog', { name: 'Enter your password' });
    // Escape answers the question on top, and leaves what was typed beneath it.
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('dialog', { name: 'Enter your password' })).toBeNull());
    expect(question.isConnected).toBe(false);
    expect(dialog.getByLabelText<HTMLInputElement>('Name').value).toBe('admin');
    await user.click(dialog.getByRole('button', { name: 'Make the token' }));
    const second = within(await screen.findByRole('dialog', { name: 'Enter your password' }));
    await user.type(second.getByLabelText('Password'), 'correct horse{Enter}');
    expect(await screen.findByText(secret)).toBeTruthy();
    expect(variablesOf('CreateApiToken')).toHaveLength(3);
  });

  it('says at the field what is wrong with it', async () => {
    const { openDialog, user } = await openPage({
      CreateApiToken: () => apiError('BAD_USER_INPUT', { field: 'input.name' }),
    });
    const dialog = await openDialog();
    await user.type(dialog.getByLabelText('Name'), 'x{Enter}');
    expect(await dialog.findByText('refused: BAD_USER_INPUT')).toBeTruthy();
    expect(dialog.getByLabelText('Name').getAttribute('aria-invalid')).toBe('true');
  });
});

describe('revoking an API token', () => {
  it('asks first, and leaves it where it is on "Keep it"', async () => {
    const { card, user, variablesOf } = await openPage();
    await user.click(card.getByRole('button', { name: 'Revoke editor…' }));
    const keep = card.getByRole('button', { name: 'Keep it' });
    expect(document.activeElement).toBe(keep);
    await user.keyboard('{Enter}');
    await waitFor(() => expect(document.activeElement).toBe(card.getByRole('button', { name: 'Revoke editor…' })));
    expect(variablesOf('RevokeApiToken')).toEqual([]);
  });

  it('takes it off the list, tells it, and keeps the focus in the card', async () => {
    const { card, user, variablesOf } = await openPage();
    await user.click(card.getByRole('button', { name: 'Revoke editor…' }));
    await user.click(card.getByRole('button', { name: 'Revoke editor for good' }));
    expect(await card.findByText(/^curl/)).toBeTruthy();
    expect(variablesOf('RevokeApiToken')).toEqual([{ id: 't1' }]);
    expect(screen.getByText('editor was revoked.')).toBeTruthy();
    expect(document.activeElement).toBe(card.getByRole('button', { name: 'New API token' }));
  });

  it('says why where the server refuses', async () => {
    const { card, user } = await openPage({ RevokeApiToken: () => apiError('UNAVAILABLE') });
    await user.click(card.getByRole('button', { name: 'Revoke editor…' }));
    await user.click(card.getByRole('button', { name: 'Revoke editor for good' }));
    expect(await card.findByRole('alert')).toBeTruthy();
    expect(card.getByText('editor')).toBeTruthy();
  });
});

describe('the way to the API tokens', () => {
  it('leads a member from their page to the card, which has the focus', async () => {
    const app = renderWholeApp({
      Session: () => sessionAnswer(sampleViewer({ role: 'MEMBER', scopes: ['MODELS_READ', 'CHAT'] })),
    });
    await app.user.click(await screen.findByRole('link', { name: 'API token' }));
    const title = await screen.findByRole('heading', { name: 'API tokens' });
    await waitFor(() => expect(document.activeElement).toBe(title));
  });
});
