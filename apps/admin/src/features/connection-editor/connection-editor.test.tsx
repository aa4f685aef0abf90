import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { act, cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { renderInApp } from '../../testing/render-app.js';
import { sampleConnection, sampleVerification } from '../../testing/samples.js';
import { type Answer, apiError, createScriptedClient } from '../../testing/scripted-client.js';
import { ConnectionEditor } from './connection-editor.js';

const KEY = 'sk-0123456789abcdef';
const URL_TEXT = 'http://192.168.18.49:8000';
const verified = (more = {}): Answer => ({ data: { verifyConnection: sampleVerification(more) } });

type Script = Parameters<typeof createScriptedClient>[0];

function open(script: Script, props: Partial<Parameters<typeof ConnectionEditor>[0]> = {}) {
  const scripted = createScriptedClient({
    VerifyConnection: () => verified(),
    ConnectionEditor: () => ({ data: { connection: sampleConnection() } }),
    AddConnection: () => ({ data: { addConnection: sampleConnection({ id: 'c9' }) } }),
    UpdateConnection: () => ({ data: { updateConnection: sampleConnection({ version: 4 }) } }),
    ...script,
  });
  const onClose = jest.fn();
  const onSaved = jest.fn();
  const element = (opened: boolean) => (
    <ConnectionEditor
      kind="OPENAI"
      connectionId={null}
      {...props}
      opened={opened}
      onClose={onClose}
      onSaved={onSaved}
    />
  );
  const view = renderInApp(element(true), { client: scripted.client });
  return {
    ...scripted,
    user: userEvent.setup({ delay: null }),
    onClose,
    onSaved,
    setOpened: (now: boolean) => view.rerender(element(now)),
  };
}

/** Puts the whole text into a field at once, as typing it would in the end. */
function fill(field: HTMLElement, text: string) {
  act(() => field.focus());
  fireEvent.change(field, { target: { value: text } });
}

const urlField = () => screen.findByLabelText('Endpoint URL');
const keyField = () => screen.getByLabelText('API key');
const panel = () => screen.getByRole('region', { name: 'Check of this endpoint' });

afterEach(cleanup);

describe('the check', () => {
  it('does not start letter by letter, and starts when the URL is left', async () => {
    const { user, variablesOf } = open({});
    await user.type(await urlField(), 'http://a:1');
    expect(variablesOf('VerifyConnection')).toEqual([]);
    await user.tab();
    expect(variablesOf('VerifyConnection')).toEqual([{ input: { kind: 'OPENAI', url: 'http://a:1' } }]);
    expect(await within(panel()).findByText(/2 models/, { selector: 'strong' })).toBeTruthy();
  });

  it('starts on paste, with what was pasted', async () => {
    const { user, variablesOf } = open({});
    await user.click(await urlField());
    await user.paste(URL_TEXT);
    expect(variablesOf('VerifyConnection')).toEqual([{ input: { kind: 'OPENAI', url: URL_TEXT } }]);
  });

  it('starts on Enter; once the endpoint is known to work, Enter saves', async () => {
    const { user, variablesOf, onSaved } = open({});
    fill(await urlField(), URL_TEXT);
    await user.keyboard('{Enter}');
    expect(variablesOf('VerifyConnection')).toHaveLength(1);
    expect(variablesOf('AddConnection')).toEqual([]);
    await within(panel()).findByText(/2 models/, { selector: 'strong' });
    await user.keyboard('{Enter}');
    await waitFor(() => expect(onSaved).toHaveBeenCalledWith('c9'));
  });

  it('does not start on the way out of the dialog', async () => {
    const { user, variablesOf } = open({});
    fill(await urlField(), URL_TEXT);
    await user.click(screen.getByRole('button', { name: 'Cancel' }));
    expect(variablesOf('VerifyConnection')).toEqual([]);
  });

  it('does not check the same values twice', async () => {
    const { user, variablesOf } = open({});
    fill(await urlField(), URL_TEXT);
    await user.tab();
    await user.click(await urlField());
    await user.tab();
    expect(variablesOf('VerifyConnection')).toHaveLength(1);
  });

  it('drops the answer of a check that is outdated, and ends its request', async () => {
    const answers: ((answer: Answer) => void)[] = [];
    const { user, sent } = open({ VerifyConnection: () => new Promise<Answer>((resolve) => answers.push(resolve)) });
    fill(await urlField(), URL_TEXT);
    await user.tab();
    fill(await urlField(), `${URL_TEXT}/v1`);
    await user.tab();
    expect(sent.map(({ aborted }) => aborted)).toEqual([true, false]);
    answers[1]?.(verified({ modelNames: ['second'] }));
    answers[0]?.(verified({ modelNames: ['first'] }));
    expect(await within(panel()).findByText('second')).toBeTruthy();
    expect(screen.queryByText('first')).toBeNull();
  });

  it('does not show the answer for one URL while another one stands in the field', async () => {
    const { user } = open({});
    fill(await urlField(), URL_TEXT);
    await user.tab();
    await within(panel()).findByText('accepted');
    fill(await urlField(), `${URL_TEXT}/v2`);
    expect(within(panel()).getByText(/Checked when you leave/)).toBeTruthy();
  });

  it('never calls a key accepted where the list is open to everybody', async () => {
    const stages = sampleVerification().stages.map((stage) =>
      stage.stage === 'AUTH' ? { ...stage, state: 'UNPROVEN' as const } : stage,
    );
    const { user } = open({ VerifyConnection: () => verified({ stages }) });
    fill(await urlField(), URL_TEXT);
    await user.tab();
    expect(await within(panel()).findByText('this list is open to everybody')).toBeTruthy();
    expect(screen.queryByText('accepted')).toBeNull();
  });

  it('takes over a better URL in one click, and checks it', async () => {
    const better = `${URL_TEXT}/v1`;
    const suggestion = { url: better, kind: 'OPENAI', modelCount: 12, reason: 'The models are one step further.' };
    const { user, variablesOf } = open({
      VerifyConnection: ({ input }: { input: { url: string } }) =>
        input.url === better ? verified() : verified({ ok: false, modelNames: [], suggestion }),
    });
    fill(await urlField(), URL_TEXT);
    await user.tab();
    await user.click(await screen.findByRole('button', { name: 'Use this URL' }));
    expect(((await urlField()) as HTMLInputElement).value).toBe(better);
    expect(document.activeElement).toBe(await urlField());
    expect(variablesOf('VerifyConnection').at(-1)).toEqual({ input: { kind: 'OPENAI', url: better } });
    expect(await within(panel()).findByText(/2 models/, { selector: 'strong' })).toBeTruthy();
  });

  it('ends the words of an endpoint with a full stop before the hint', async () => {
    const problem = {
      code: 'NOT_FOUND' as const,
      message: 'The endpoint answered 404 at /models: Not Found',
      hint: 'Most servers want /v1 at the end of the URL.',
      httpStatus: 404,
    };
    const { user } = open({ VerifyConnection: () => verified({ ok: false, modelNames: [], problem }) });
    fill(await urlField(), URL_TEXT);
    await user.tab();
    await within(panel()).findByText('The endpoint answered 404 at /models: Not Found.');
    expect(panel().textContent).toContain('Not Found. Most servers want');
  });

  it('offers a URL that wants a key without calling it empty', async () => {
    const reason = 'An API answers there, and wants a key.';
    const suggestion = { url: `${URL_TEXT}/v1`, kind: 'OPENAI', modelCount: 0, reason };
    const { user } = open({ VerifyConnection: () => verified({ ok: false, modelNames: [], suggestion }) });
    fill(await urlField(), URL_TEXT);
    await user.tab();
    await screen.findByRole('button', { name: 'Use this URL' });
    expect(panel().textContent).toContain('The API is one step further.');
    expect(panel().textContent).toContain(reason);
    expect(panel().textContent).not.toContain('0 models');
  });

  it('adds under the other kind when the endpoint turns out to be of that kind', async () => {
    const suggestion = { url: 'http://localhost:11434', kind: 'OLLAMA', modelCount: 3, reason: 'This is Ollama.' };
    const { user } = open({
      VerifyConnection: ({ input }: { input: { kind: string } }) =>
        input.kind === 'OLLAMA' ? verified() : verified({ ok: false, modelNames: [], suggestion }),
    });
    fill(await urlField(), 'http://localhost:11434');
    await user.tab();
    await user.click(await screen.findByRole('button', { name: 'Add as Ollama endpoint' }));
    expect(await screen.findByText('Add an Ollama endpoint')).toBeTruthy();
    expect(screen.queryByLabelText('API key')).toBeNull();
  });

  it('shows a refused URL beside the URL', async () => {
    const issues = [{ field: 'input.url', message: 'This is not a URL.' }];
    const { user } = open({ VerifyConnection: () => apiError('BAD_USER_INPUT', { issues }) });
    fill(await urlField(), 'nonsense');
    await user.tab();
    await waitFor(async () => expect((await urlField()).getAttribute('aria-invalid')).toBe('true'));
    expect(screen.getByText('This is not a URL.')).toBeTruthy();
  });
});

describe('the key', () => {
  it('stays out of the cache, and is gone when the dialog opens again', async () => {
    const { user, client, onSaved, setOpened } = open({});
    fill(await urlField(), URL_TEXT);
    fill(keyField(), KEY);
    await user.click(screen.getByRole('button', { name: 'Add endpoint' }));
    await waitFor(() => expect(onSaved).toHaveBeenCalledWith('c9'));
    const cached = JSON.stringify(client.cache.extract());
    expect(cached).toContain('Connection:c9');
    expect(cached).not.toContain(KEY);
    setOpened(false);
    await waitFor(() => expect(screen.queryByLabelText('API key')).toBeNull());
    setOpened(true);
    await urlField();
    expect((keyField() as HTMLInputElement).value).toBe('');
  });

  it('is masked, with an eye for what is being typed', async () => {
    const { user } = open({});
    await urlField();
    expect(keyField().getAttribute('type')).toBe('password');
    expect(keyField().getAttribute('autocomplete')).toBe('new-password');
    await user.click(screen.getByRole('button', { name: 'Show key' }));
    expect(keyField().getAttribute('type')).toBe('text');
  });

  it('is told about, not shown, on an edit', async () => {
    open({}, { connectionId: 'c1' });
    await urlField();
    expect(keyField().getAttribute('placeholder')).toBe('••••4f2a · leave empty to keep');
    expect((keyField() as HTMLInputElement).value).toBe('');
  });

  it('has to be entered again where the URL moved', async () => {
    const { user } = open({ UpdateConnection: () => apiError('SECRET_REQUIRED') }, { connectionId: 'c1' });
    fill(await urlField(), 'http://elsewhere:8000');
    await user.click(screen.getByRole('button', { name: 'Save changes' }));
    await waitFor(() => expect(keyField().getAttribute('aria-invalid')).toBe('true'));
    expect(screen.getByText(/The URL moved: enter this again/)).toBeTruthy();
  });
});

describe('saving', () => {
  it('sends only what changed, with the version it started from', async () => {
    const { user, variablesOf, onSaved } = open({}, { connectionId: 'c1' });
    const name = await screen.findByLabelText('Name');
    fill(name, 'Rack four');
    await user.click(screen.getByRole('button', { name: 'Save changes' }));
    await waitFor(() => expect(onSaved).toHaveBeenCalledWith('c1'));
    expect(variablesOf('UpdateConnection')).toEqual([{ id: 'c1', input: { name: 'Rack four', version: 3 } }]);
  });

  it('works from anywhere by Ctrl+Enter, also where the check failed', async () => {
    const { user, onSaved } = open({
      VerifyConnection: () => verified({ ok: false, status: 'OFFLINE', modelNames: [] }),
    });
    fill(await urlField(), URL_TEXT);
    await user.keyboard('{Control>}{Enter}{/Control}');
    await waitFor(() => expect(onSaved).toHaveBeenCalledWith('c9'));
  });

  it('shows each wrong field beside it, and opens Advanced for one in there', async () => {
    const issues = [
      { field: 'input.name', message: 'This name is taken.' },
      { field: 'input.headers.1.name', message: 'host is not allowed.' },
    ];
    const { user } = open({ UpdateConnection: () => apiError('BAD_USER_INPUT', { issues }) }, { connectionId: 'c1' });
    fill(await screen.findByLabelText('Name'), 'x');
    await user.click(screen.getByRole('button', { name: 'Save changes' }));
    const header = await screen.findByLabelText('Name of header 2');
    expect(header.getAttribute('aria-invalid')).toBe('true');
    expect(screen.getByLabelText('Name').getAttribute('aria-invalid')).toBe('true');
    expect(screen.getByText('host is not allowed.')).toBeTruthy();
  });

  it('shows what somebody else changed meanwhile, and goes on from there', async () => {
    const versions = [sampleConnection(), sampleConnection({ version: 5, tags: ['rack', 'gpu'] })];
    let updates = 0;
    const { user, variablesOf, onSaved } = open(
      {
        ConnectionEditor: () => ({ data: { connection: versions.shift() ?? null } }),
        UpdateConnection: () => {
          updates += 1;
          return updates === 1
            ? apiError('CONFLICT', { currentVersion: 5 })
            : { data: { updateConnection: sampleConnection({ version: 6 }) } };
        },
      },
      { connectionId: 'c1' },
    );
    const name = await screen.findByLabelText('Name');
    fill(name, 'Rack four');
    await user.click(screen.getByRole('button', { name: 'Save changes' }));
    expect(await screen.findByText('Tags: rack, gpu')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Go on from there' }));
    await user.click(screen.getByRole('button', { name: 'Save changes' }));
    await waitFor(() => expect(onSaved).toHaveBeenCalled());
    expect(variablesOf('UpdateConnection').at(-1)).toEqual({ id: 'c1', input: { name: 'Rack four', version: 5 } });
  });

  it('tells when to try again, and keeps what was typed', async () => {
    const { user } = open({ AddConnection: () => apiError('RATE_LIMITED', { retryAfterMs: 11_500 }) });
    fill(await urlField(), URL_TEXT);
    await user.click(screen.getByRole('button', { name: 'Add endpoint' }));
    expect(await screen.findByText(/Try again in 12 s/)).toBeTruthy();
    expect(((await urlField()) as HTMLInputElement).value).toBe(URL_TEXT);
  });

  it('switches a connection that is managed elsewhere, and edits nothing of it', async () => {
    const managed = sampleConnection({ managedBy: 'ENVIRONMENT' });
    const { user, variablesOf, onSaved } = open(
      {
        ConnectionEditor: () => ({ data: { connection: managed } }),
        SwitchManagedConnection: () => ({ data: { toggleConnection: { ...managed, enabled: false } } }),
      },
      { connectionId: 'c1' },
    );
    expect((await urlField()).hasAttribute('readonly')).toBe(true);
    expect(screen.getByText(/Managed by the environment/)).toBeTruthy();
    await user.click(screen.getByLabelText('Switched on'));
    await user.click(screen.getByRole('button', { name: 'Save changes' }));
    await waitFor(() => expect(onSaved).toHaveBeenCalled());
    expect(variablesOf('SwitchManagedConnection')).toEqual([{ id: 'c1', enabled: false, version: 3 }]);
  });
});

describe('closing', () => {
  it('asks only when something would be lost', async () => {
    const { user, onClose } = open({});
    await urlField();
    await user.keyboard('{Escape}');
    expect(onClose).toHaveBeenCalledTimes(1);
  });

  it('by Escape asks before it throws away what was typed', async () => {
    const { user, onClose } = open({});
    fill(await urlField(), URL_TEXT);
    await user.keyboard('{Escape}');
    expect(onClose).not.toHaveBeenCalled();
    await user.click(screen.getByRole('button', { name: 'Discard' }));
    expect(onClose).toHaveBeenCalledTimes(1);
  });
});
