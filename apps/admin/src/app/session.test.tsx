import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { act, cleanup, screen, waitFor, within } from '@testing-library/react';
import { renderWholeApp, sampleViewer, sessionAnswer } from '../testing/render-whole-app.js';
import { sampleRow } from '../testing/row-samples.js';
import { apiError, type Script } from '../testing/scripted-client.js';

const ada = sampleViewer();
const grace = sampleViewer({ id: 'u2', name: 'Grace', email: 'grace@example.test' });
const adasRow = sampleRow({ name: 'What Ada saw' });
const gracesRow = sampleRow({ id: 'c2', name: 'What Grace sees' });

type Viewer = typeof ada;

/** A server whose session the test ends; whoever signs in next is in. */
function work(path = '/connections', more: Script = {}) {
  const server: { viewer: Viewer | null; next: Viewer } = { viewer: ada, next: ada };
  const app = renderWholeApp(
    {
      Session: () => sessionAnswer(server.viewer),
      Connections: () => {
        if (!server.viewer) return apiError('UNAUTHENTICATED');
        return { data: { connections: [server.viewer.id === ada.id ? adasRow : gracesRow] } };
      },
      ToggleConnection: () => apiError('UNAUTHENTICATED'),
      SignIn: () => {
        server.viewer = server.next;
        return { data: { signIn: server.viewer } };
      },
      SignOut: () => {
        server.viewer = null;
        return { data: { signOut: true } };
      },
      ...more,
    },
    path,
  );
  return { ...app, server, stored: () => JSON.stringify(app.client.cache.extract()) };
}

type App = ReturnType<typeof work>;

/** The session ends, and the next press finds that out. */
async function expire({ user, server }: App, next: Viewer) {
  server.viewer = null;
  server.next = next;
  await user.click(await screen.findByRole('switch', { name: 'Use What Ada saw' }));
  return within(await screen.findByRole('dialog', { name: 'Your session has ended' }));
}

afterEach(cleanup);

describe('a session that ends while somebody works', () => {
  it('asks for the password above the page, and goes on there with what was open', async () => {
    const app = work();
    await app.user.click(await screen.findByRole('button', { name: 'Filter' }));
    await app.user.type(screen.getByRole('searchbox'), 'saw');
    const dialog = await expire(app, ada);
    expect(dialog.getByLabelText<HTMLInputElement>('Email').value).toBe('ada@example.test');
    await app.user.type(dialog.getByLabelText('Password'), 'x{Enter}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(app.where()).toBe('/connections');
    expect(screen.getByRole<HTMLInputElement>('searchbox').value).toBe('saw');
    expect(screen.getByText('What Ada saw')).toBeTruthy();
  });

  it('leaves nothing of the one before to somebody else: not in the store, not on the page', async () => {
    const app = work();
    await app.user.click(await screen.findByRole('button', { name: 'Filter' }));
    await app.user.type(screen.getByRole('searchbox'), 'saw');
    const dialog = await expire(app, grace);
    await app.user.clear(dialog.getByLabelText('Email'));
    await app.user.type(dialog.getByLabelText('Email'), 'grace@example.test');
    await app.user.type(dialog.getByLabelText('Password'), 'x{Enter}');
    expect(await screen.findByText('What Grace sees')).toBeTruthy();
    expect(screen.queryByText('What Ada saw')).toBeNull();
    expect(screen.queryByRole('searchbox')).toBeNull();
    expect(app.stored()).not.toMatch(/What Ada saw|ada@example\.test/);
    expect(app.stored()).toContain('What Grace sees');
    expect(app.where()).toBe('/connections');
  });

  it('is noticed by the status stream as well', async () => {
    const app = work();
    await screen.findByText('What Ada saw');
    act(() => app.live.latest('ConnectionStatusStream').sink.error({ code: 4403, reason: 'revoked' }));
    expect(await screen.findByRole('dialog', { name: 'Your session has ended' })).toBeTruthy();
  });
});

describe('signing out', () => {
  it('leads to the sign-in, forgets all that was read, and shows the next one their own', async () => {
    const app = work();
    await screen.findByText('What Ada saw');
    await app.user.click(screen.getByRole('button', { name: /Account of Ada/ }));
    await app.user.click(await screen.findByRole('menuitem', { name: 'Sign out' }));
    expect(await screen.findByRole('heading', { name: 'Sign in' })).toBeTruthy();
    expect(app.stored()).not.toMatch(/What Ada saw|ada@example\.test/);
    app.server.next = grace;
    await app.user.type(screen.getByLabelText('Email'), 'grace@example.test');
    await app.user.type(screen.getByLabelText('Password'), 'x{Enter}');
    expect(await screen.findByText('What Grace sees')).toBeTruthy();
    expect(app.stored()).not.toContain('What Ada saw');
  });
});

/** Stands for the channel between the tabs of a browser, which jsdom has not: the test is the other tab. */
class ChannelOfTabs extends EventTarget {
  static opened: ChannelOfTabs | null = null;
  constructor() {
    super();
    ChannelOfTabs.opened = this;
  }
  postMessage() {}
}

describe('another tab of the same browser', () => {
  beforeEach(() => void Object.assign(globalThis, { BroadcastChannel: ChannelOfTabs }));
  afterEach(() => void Reflect.deleteProperty(globalThis, 'BroadcastChannel'));

  const tell = () => act(() => void ChannelOfTabs.opened?.dispatchEvent(new Event('message')));

  it('signs this one out with all that it has read', async () => {
    const app = work();
    await screen.findByText('What Ada saw');
    app.server.viewer = null;
    tell();
    expect(await screen.findByRole('heading', { name: 'Sign in' })).toBeTruthy();
    expect(app.stored()).not.toMatch(/What Ada saw|ada@example\.test/);
  });

  it('makes this one the page of whoever signed in there', async () => {
    const app = work();
    await screen.findByText('What Ada saw');
    app.server.viewer = grace;
    tell();
    expect(await screen.findByText('What Grace sees')).toBeTruthy();
    expect(screen.getByRole('button', { name: /^Account of Grace/ })).toBeTruthy();
    expect(app.stored()).not.toMatch(/What Ada saw|ada@example\.test/);
  });
});

describe('a member', () => {
  const member = sampleViewer({ name: 'Mel', role: 'MEMBER', scopes: ['MODELS_READ'] });

  it('sees in plain words what is theirs, and nothing of the connections', async () => {
    const app = renderWholeApp({ Session: () => sessionAnswer(member) }, '/connections');
    expect(await screen.findByRole('heading', { name: 'Welcome, Mel' })).toBeTruthy();
    expect(screen.getByText(/Your administrators look after the connections/).textContent).toContain('/v1');
    expect(screen.queryByRole('link', { name: 'Connections' })).toBeNull();
    expect(screen.queryByText('Admin Settings')).toBeNull();
    expect(app.variablesOf('Connections')).toEqual([]);
    expect(app.live.opened).toEqual([]);
  });

  it('has their account, and the way back from it', async () => {
    const app = renderWholeApp({ Session: () => sessionAnswer(member) }, '/account');
    expect(await screen.findByRole('heading', { name: 'Your account' })).toBeTruthy();
    await app.user.click(screen.getByRole('link', { name: 'Start' }));
    expect(await screen.findByRole('heading', { name: 'Welcome, Mel' })).toBeTruthy();
  });
});
