import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { cleanup, screen } from '@testing-library/react';
import { renderWholeApp, sampleViewer, sessionAnswer } from '../testing/render-whole-app.js';

/** What no server sends: formatting its date throws a RangeError while the page is rendered. */
const impossibleSession = {
  __typename: 'Session',
  id: 's1',
  current: true,
  createdAt: 'never',
  lastUsedAt: 'never',
  expiresAt: 'never',
  ip: null,
  userAgent: null,
};
const goodSession = { ...impossibleSession, lastUsedAt: '2026-11-23T10:00:00.000Z', userAgent: 'A program' };
const sessions = (session: object) => ({ data: { sessions: [session] } });

let written: jest.SpiedFunction<typeof console.error>;
const logged = (kind: abstract new () => Error) =>
  written.mock.calls.flat().filter((argument) => argument instanceof kind);

beforeEach(() => {
  written = jest.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(() => {
  cleanup();
  written.mockRestore();
});

describe('a page that crashes', () => {
  it('says so in its place without a stack, with the navigation still there and the error in the console', async () => {
    renderWholeApp({ Sessions: () => sessions(impossibleSession) }, '/account');
    expect(await screen.findByRole('heading', { name: 'Something went wrong on this page' })).toBeTruthy();
    expect(screen.getByRole('link', { name: 'Connections' })).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Reload' })).toBeTruthy();
    expect(document.body.textContent).not.toMatch(/RangeError|Invalid time|\bat \w+/);
    expect(logged(RangeError)).toHaveLength(1);
  });

  it('reads its data anew on "Try again"', async () => {
    let session: object = impossibleSession;
    const { user } = renderWholeApp({ Sessions: () => sessions(session) }, '/account');
    await screen.findByRole('button', { name: 'Try again' });
    session = goodSession;
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText(/A program/)).toBeTruthy();
    expect(screen.queryByText(/Something went wrong/)).toBeNull();
  });

  it('does not keep others from being opened, and is tried again when it is opened again', async () => {
    let session: object = impossibleSession;
    const { user } = renderWholeApp({ Sessions: () => sessions(session) }, '/account');
    await screen.findByRole('button', { name: 'Try again' });
    await user.click(screen.getByRole('link', { name: 'Connections' }));
    expect(await screen.findByRole('heading', { name: 'Connections', level: 1 })).toBeTruthy();
    expect(screen.queryByText(/Something went wrong/)).toBeNull();
    session = goodSession;
    await user.click(screen.getByRole('button', { name: /^Account of Ada/ }));
    await user.click(await screen.findByRole('menuitem', { name: 'Account and API tokens' }));
    expect(await screen.findByText(/A program/)).toBeTruthy();
  });

  it('says so as well when it was opened from another one', async () => {
    const { user } = renderWholeApp({ Sessions: () => sessions(impossibleSession) });
    await user.click(await screen.findByRole('button', { name: /^Account of Ada/ }));
    await user.click(await screen.findByRole('menuitem', { name: 'Account and API tokens' }));
    expect(await screen.findByRole('alert')).toBeTruthy();
    expect(logged(RangeError)).toHaveLength(1);
  });
});

describe('a crash outside of the pages', () => {
  it('leaves words and a way on, not a blank window', async () => {
    let name = null as unknown as string;
    const { user } = renderWholeApp({ Session: () => sessionAnswer(sampleViewer({ name })) });
    expect(await screen.findByRole('heading', { name: 'Something went wrong' })).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Reload' })).toBeTruthy();
    expect(logged(TypeError)).not.toHaveLength(0);
    name = 'Ada';
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('heading', { name: 'Connections', level: 1 })).toBeTruthy();
  });
});
