import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { startTestApp, type TestApp, type TestClient } from '../support/app.js';
import { describeOnEachDatabase } from '../support/postgres/postgres.js';

const SIGN_IN = 'mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { id } }';
const CREATE =
  'mutation ($name: String!, $email: String!, $password: String!) { createUser(name: $name, email: $email, password: $password, role: MEMBER) { id } }';
const CHANGE = 'mutation ($current: String!, $new: String!) { changePassword(current: $current, new: $new) }';
const REMOVE_SESSIONS = 'mutation { signOut }';
const PASSWORD = 'a member’s password';

describeOnEachDatabase('sign-ins behind one address', (kind) => {
  let app: TestApp;
  let people = 0;

  beforeAll(async () => {
    app = await startTestApp({ kind });
  });
  afterAll(() => app.close());
  // Counts live in the process.
  beforeEach(async () => {
    app = await app.restart();
  });

  const newPerson = async () => {
    people += 1;
    const email = `person-${String(people)}@example.org`;
    await (await app.admin()).data(CREATE, { name: email, email, password: PASSWORD });
    return { email, password: PASSWORD };
  };
  /** A browser that this person signed in and out with: it has no session from then on. */
  const browserOf = async (person: { email: string; password: string }): Promise<TestClient> => {
    const browser = await app.client().signIn(person);
    await browser.data(REMOVE_SESSIONS);
    expect(browser.cookie).toBeNull();
    return browser;
  };
  const codeOf = async (client: TestClient, person: { email: string; password: string }) => {
    const { status, errors } = await client.graphql(SIGN_IN, person);
    return errors === undefined ? status : errors[0]?.extensions.code;
  };
  const withNotes = (deviceCookie: string | null): TestClient => {
    const client = app.client();
    client.deviceCookie = deviceCookie;
    return client;
  };
  /** As somebody from outside does it, who guesses at accounts that do not exist. */
  const fillTheAddress = async (): Promise<void> => {
    for (let one = 0; one < 50; one += 1) {
      const code = await codeOf(app.client(), { email: `nobody-${String(one)}@example.org`, password: 'wrong' });
      expect(code).toBe('INVALID_CREDENTIALS');
    }
  };

  it('lets in who was here before with this browser, and tells the others and the log why not', async () => {
    const [ada, bo] = [await newPerson(), await newPerson()];
    const browser = await browserOf(ada);
    // Known by the cookie alone: this process has seen nobody.
    app = await app.restart();
    const again = withNotes(browser.deviceCookie);
    await fillTheAddress();
    expect(await codeOf(app.client(), ada)).toBe('RATE_LIMITED');
    expect(app.log()).toContain('INTRALLM_TRUSTED_PROXIES');
    // It says who was here, and nobody else.
    expect(await codeOf(again, bo)).toBe('RATE_LIMITED');
    expect(await codeOf(again, ada)).toBe(200);
    expect(again.deviceCookie).not.toBe(browser.deviceCookie);
  }, 60_000);

  it('lets in who was here before when others guess at the account', async () => {
    const ada = await newPerson();
    const browser = await browserOf(ada);
    app = await app.restart();
    for (let guess = 0; guess < 10; guess += 1) await codeOf(app.client(), { ...ada, password: 'wrong' });
    expect(await codeOf(app.client(), ada)).toBe('RATE_LIMITED');
    expect(await codeOf(withNotes(browser.deviceCookie), ada)).toBe(200);
  }, 60_000);

  it('gives a browser ten tries, which are no more with a cookie that is thrown away or copied', async () => {
    const ada = await newPerson();
    const browser = await browserOf(ada);
    app = await app.restart();
    const notes = browser.deviceCookie;
    for (let guess = 0; guess < 10; guess += 1) {
      expect(await codeOf(withNotes(notes), { ...ada, password: 'wrong' })).toBe('INVALID_CREDENTIALS');
    }
    expect(await codeOf(withNotes(notes), ada)).toBe('RATE_LIMITED');
    // Nobody else is held up by it.
    expect(await codeOf(app.client(), ada)).toBe(200);
  }, 60_000);

  it('takes nothing from a cookie that was forged or came from before a change of the password', async () => {
    const ada = await newPerson();
    const [old, changing] = [await browserOf(ada), await app.client().signIn(ada)];
    const next = { ...ada, password: 'another long password' };
    await changing.data(CHANGE, { current: ada.password, new: next.password });
    await changing.data(REMOVE_SESSIONS);
    app = await app.restart();
    await fillTheAddress();
    const forged = (changing.deviceCookie ?? '').slice(0, -4) + '0000';
    for (const cookie of [old.deviceCookie, forged, 'intrallm_device=~~', null]) {
      expect(await codeOf(withNotes(cookie), next)).toBe('RATE_LIMITED');
    }
    expect(await codeOf(withNotes(changing.deviceCookie), next)).toBe(200);
  }, 60_000);

  it('is kept by the browser like the session, for longer, and signs nobody in', async () => {
    const ada = await newPerson();
    const response = await app.client().fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: SIGN_IN, variables: ada }),
    });
    const [session, device, ...more] = response.headers.getSetCookie();
    expect(more).toEqual([]);
    expect(session).toMatch(/^intrallm_session=/);
    expect(device).toMatch(/^intrallm_device=[^;]+; Expires=[^;]+; Path=\/; HttpOnly; SameSite=Strict$/);
    const expires = Date.parse(/Expires=([^;]+)/.exec(device ?? '')?.[1] ?? '');
    expect(expires - Date.now()).toBeGreaterThan(100 * 24 * 3_600_000);
    const { data } = await withNotes(device?.split(';', 1)[0] ?? null).graphql('{ me { id } }');
    expect(data).toEqual({ me: null });
  });
});
