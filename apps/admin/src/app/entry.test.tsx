import { afterEach, describe, expect, it } from '@jest/globals';
import { cleanup, screen, waitFor } from '@testing-library/react';
import { renderWholeApp, sampleViewer, sessionAnswer } from '../testing/render-whole-app.js';
import { apiError, type Answer, type Script } from '../testing/scripted-client.js';

const PASSWORD = 'correct horse battery';

/** A server that knows nobody until the right password comes, or `answer` answers in its stead. */
function openSignIn(path: string, answer?: () => Answer | Promise<Answer>) {
  let viewer: ReturnType<typeof sampleViewer> | null = null;
  const script: Script = {
    Session: () => sessionAnswer(viewer),
    SignIn: ({ password }: { password: string }) => {
      if (answer) return answer();
      if (password !== PASSWORD) return apiError('INVALID_CREDENTIALS');
      viewer = sampleViewer();
      return { data: { signIn: viewer } };
    },
  };
  return renderWholeApp(script, path);
}

type App = ReturnType<typeof renderWholeApp>;

async function signIn({ user }: App, password = PASSWORD) {
  await user.type(await screen.findByLabelText('Email'), 'ada@example.test');
  await user.type(screen.getByLabelText('Password'), `${password}{Enter}`);
}

afterEach(cleanup);

describe('the sign-in page', () => {
  it('leads where one wanted to go', async () => {
    const app = openSignIn('/account');
    await signIn(app);
    expect(await screen.findByRole('heading', { name: 'Your account' })).toBeTruthy();
    expect(app.where()).toBe('/account');
    expect(app.variablesOf('SignIn')).toEqual([{ email: 'ada@example.test', password: PASSWORD }]);
  });

  it('leads to no other site, whatever the link says', async () => {
    const app = openSignIn('/sign-in?next=//evil.example');
    await signIn(app);
    expect(await screen.findByRole('heading', { name: 'Connections', level: 1 })).toBeTruthy();
    expect(app.where()).toBe('/connections');
  });

  it('says that a password is wrong without saying which part, and takes the right one after that', async () => {
    const app = openSignIn('/');
    await signIn(app, 'not this');
    expect((await screen.findByRole('alert')).textContent).toBe('This email and password do not belong together.');
    await app.user.clear(screen.getByLabelText('Password'));
    await app.user.type(screen.getByLabelText('Password'), `${PASSWORD}{Enter}`);
    expect(await screen.findByRole('heading', { name: 'Connections', level: 1 })).toBeTruthy();
  });

  it('says how long to wait after too many tries', async () => {
    const app = openSignIn('/', () => apiError('RATE_LIMITED', { retryAfterMs: 41_200 }));
    await signIn(app);
    const alert = await screen.findByRole('alert');
    expect(alert.textContent).toBe('Too many tries. Wait 42 seconds, then try again.');
    await waitFor(() => expect(screen.getByRole('button', { name: 'Sign in' })).toHaveProperty('disabled', false));
  });

  it('says that the server cannot be reached, and keeps what was typed', async () => {
    const app = openSignIn('/', () => Promise.reject(new TypeError('Failed to fetch')));
    await signIn(app);
    expect((await screen.findByRole('alert')).textContent).toContain('The server cannot be reached.');
    expect(screen.getByLabelText<HTMLInputElement>('Password').value).toBe(PASSWORD);
  });

  it('offers to try again where the server is not there from the start, and goes on once it is', async () => {
    let isDown = true;
    const { user } = renderWholeApp({
      Session: () => (isDown ? Promise.reject(new TypeError('Failed to fetch')) : sessionAnswer(null)),
    });
    expect(await screen.findByRole('heading', { name: 'The server does not answer' })).toBeTruthy();
    isDown = false;
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('heading', { name: 'Sign in' })).toBeTruthy();
  });

  it('lets the keyboard reach the eye of the password', async () => {
    const { user } = openSignIn('/');
    await user.click(await screen.findByLabelText('Password'));
    await user.tab();
    await user.keyboard(' ');
    expect(screen.getByLabelText<HTMLInputElement>('Password').type).toBe('text');
    expect(screen.getByRole('button', { name: 'Show the password' })).toBe(document.activeElement);
  });

  it('keeps no password in the store', async () => {
    const app = openSignIn('/');
    await signIn(app);
    await screen.findByRole('heading', { name: 'Connections', level: 1 });
    expect(JSON.stringify(app.client.cache.extract())).not.toContain(PASSWORD);
  });
});

/** A server without any account. */
function openSetUp(path: string, answer?: Answer) {
  let viewer: ReturnType<typeof sampleViewer> | null = null;
  return renderWholeApp(
    {
      Session: () => sessionAnswer(viewer, { needsSetUp: viewer === null }),
      SetUp: ({ name }: { name: string }) => {
        if (answer) return answer;
        viewer = sampleViewer({ name });
        return { data: { setUp: viewer } };
      },
    },
    path,
  );
}

async function fillSetUp({ user }: App) {
  await user.type(await screen.findByLabelText('Name'), 'Grace');
  await user.type(screen.getByLabelText('Email'), 'grace@example.test');
  await user.type(screen.getByLabelText('Password'), `${PASSWORD}{Enter}`);
}

/** What stands beside a field because it describes what is wrong with it. */
const besides = (label: string) => {
  const described = screen.getByLabelText(label).getAttribute('aria-describedby') ?? '';
  return described
    .split(' ')
    .map((id) => document.getElementById(id)?.textContent)
    .join('');
};

describe('the set-up page', () => {
  it('makes the first administrator with the token of the fragment, and leads to the app', async () => {
    const app = openSetUp('/set-up#one-time_token');
    await fillSetUp(app);
    expect(await screen.findByRole('button', { name: /Account of Grace/ })).toBeTruthy();
    expect(app.where()).toBe('/connections');
    expect(app.variablesOf('SetUp')).toEqual([
      { token: 'one-time_token', name: 'Grace', email: 'grace@example.test', password: PASSWORD },
    ]);
    expect(JSON.stringify(app.client.cache.extract())).not.toMatch(/one-time_token|correct horse/);
  });

  it('is where everybody is led while nobody has an account, and says where the link is', async () => {
    const app = openSetUp('/connections');
    expect(await screen.findByText(/Open the set-up link/)).toBeTruthy();
    expect(app.where()).toBe('/set-up');
    expect(screen.queryByLabelText('Password')).toBeNull();
  });

  it('takes a damaged link for one that is not valid, not for a crash', async () => {
    openSetUp('/set-up#100%');
    expect(await screen.findByLabelText('Password')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Show the password' }).tabIndex).toBe(0);
  });

  it('shows what is wrong with a field beside that field', async () => {
    const issues = [
      { field: 'email', message: 'This is no e-mail address.' },
      { field: 'password', message: 'At least 12 characters.' },
    ];
    const app = openSetUp('/set-up#token', apiError('BAD_USER_INPUT', { field: 'email', issues }));
    await fillSetUp(app);
    await waitFor(() => expect(besides('Email')).toContain('This is no e-mail address.'));
    expect(besides('Password')).toContain('At least 12 characters.');
    expect(besides('Name')).toBe('');
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('says that a link is used up, and where the newest one is', async () => {
    const app = openSetUp('/set-up#old', apiError('INVALID_CREDENTIALS'));
    await fillSetUp(app);
    expect((await screen.findByRole('alert')).textContent).toContain('This link is not valid any more.');
  });

  it('leads to the sign-in when somebody else was first', async () => {
    const app = openSetUp('/set-up#token', apiError('CONFLICT'));
    await fillSetUp(app);
    expect((await screen.findByRole('alert')).textContent).toContain('refused: CONFLICT');
    expect(screen.getByRole('link', { name: 'Go to the sign-in' }).getAttribute('href')).toBe('/sign-in');
  });
});
