import { useQuery } from '@apollo/client/react';
import { afterEach, describe, expect, it } from '@jest/globals';
import { cleanup, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { ConnectionDetailsModelsDocument, type ModelCapability } from '@intrallm/schema';
import { renderInApp } from '../../testing/render-app.js';
import { sampleModel } from '../../testing/samples.js';
import { type Answer, apiError, createScriptedClient } from '../../testing/scripted-client.js';
import { ModelRow } from './model-row.js';

interface SetVariables {
  id: string;
  capabilities: ModelCapability[] | null;
}

/** The one row of a list, as the list reads it. */
function OneRow() {
  const { data } = useQuery(ConnectionDetailsModelsDocument, {
    variables: { connectionId: 'c1', search: null, first: 1 },
  });
  const model = data?.models[0];
  return model && <ModelRow model={model} chosen={false} mayEdit onChoose={() => undefined} />;
}

/** What the endpoint states is that it chats. */
const stated: ModelCapability[] = ['CHAT'];
const accept = ({ id, capabilities }: SetVariables): Answer => ({
  data: { setModelCapabilities: sampleModel({ id, capabilities: capabilities ?? stated }) },
});

async function open(answer: (variables: SetVariables) => Answer | Promise<Answer> = accept, capabilities = stated) {
  const scripted = createScriptedClient({
    ConnectionDetailsModels: () => ({ data: { models: [sampleModel({ capabilities })] } }),
    SetModelCapabilities: answer,
  });
  renderInApp(<OneRow />, { client: scripted.client });
  await screen.findByText(capabilities.join(', ').toLowerCase());
  const saved = () => scripted.variablesOf('SetModelCapabilities').map((one) => one['capabilities']);
  return { ...scripted, saved, user: userEvent.setup({ delay: null }) };
}

const button = () => screen.getByRole('button', { name: 'Capabilities of qwen2.5:7b' });
const item = (name: string) => screen.findByRole('menuitemcheckbox', { name });
const isChecked = async (name: string) => (await item(name)).getAttribute('aria-checked') === 'true';
const focused = () => document.activeElement?.textContent;

afterEach(cleanup);

describe('the menu of capabilities', () => {
  it('opens by mouse with what is known, and saves what is added and taken away', async () => {
    const { user, variablesOf, saved } = await open();
    await user.click(button());
    expect(await isChecked('chat')).toBe(true);
    expect(await isChecked('tools')).toBe(false);
    await user.click(await item('tools'));
    expect(await screen.findByText('chat, tools')).toBeTruthy();
    await user.click(await item('chat'));
    expect(await screen.findByText('tools', { selector: 'span' })).toBeTruthy();
    expect(saved()).toEqual([['CHAT', 'TOOLS'], ['TOOLS']]);
    expect(variablesOf('SetModelCapabilities')[0]).toEqual({ id: 'm0', capabilities: ['CHAT', 'TOOLS'] });
  });

  it('is walked by keyboard alone, and gives the focus back to its button', async () => {
    const { user, saved } = await open();
    await user.tab();
    await user.tab();
    expect(document.activeElement).toBe(button());
    await user.keyboard('{Enter}');
    await item('chat');
    await waitFor(() => expect(focused()).toBe('chat'));
    await user.keyboard('{ArrowDown}{Enter}');
    expect(await screen.findByText('chat, completion')).toBeTruthy();
    // The item that was pressed still has the focus: the next press is for the one below it.
    await user.keyboard('{ArrowDown}{Enter}');
    expect(await screen.findByText('chat, completion, embedding')).toBeTruthy();
    expect(saved()).toHaveLength(2);
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('menu')).toBeNull());
    expect(document.activeElement).toBe(button());
    await user.keyboard('{Enter}');
    expect(await isChecked('embedding')).toBe(true);
  });

  it('goes back to what the endpoint states', async () => {
    const { user, saved } = await open(accept, ['VISION', 'AUDIO']);
    await user.click(button());
    await user.click(await screen.findByRole('menuitem', { name: 'As the endpoint states' }));
    await waitFor(async () => expect(await isChecked('chat')).toBe(true));
    expect(await isChecked('vision')).toBe(false);
    expect(saved()).toEqual([null]);
  });

  it('shows a press at once, and sends one after the other with nothing lost', async () => {
    const answers: (() => void)[] = [];
    const { user, saved } = await open(
      (variables) => new Promise((resolve) => answers.push(() => resolve(accept(variables)))),
    );
    await user.click(button());
    await user.click(await item('tools'));
    expect(await isChecked('tools')).toBe(true);
    await user.click(await item('vision'));
    expect(await isChecked('vision')).toBe(true);
    expect(saved()).toEqual([['CHAT', 'TOOLS']]);
    answers[0]?.();
    await waitFor(() =>
      expect(saved()).toEqual([
        ['CHAT', 'TOOLS'],
        ['CHAT', 'TOOLS', 'VISION'],
      ]),
    );
    expect(await isChecked('vision')).toBe(true);
    answers[1]?.();
    expect(await screen.findByText('chat, tools, vision')).toBeTruthy();
  });

  it('goes back with the reason beside it when the server refuses, until the next press', async () => {
    let refuses = true;
    const { user } = await open((variables) => (refuses ? apiError('FORBIDDEN') : accept(variables)));
    await user.click(button());
    await user.click(await item('tools'));
    expect((await screen.findByRole('alert')).textContent).toBe('Nothing was changed. refused: FORBIDDEN');
    expect(screen.getByRole('alert').closest('li')).toBe(button().closest('li'));
    expect(await isChecked('tools')).toBe(false);
    expect(screen.getByText('chat', { selector: 'li > span' })).toBeTruthy();
    refuses = false;
    await user.click(await item('tools'));
    expect(await screen.findByText('chat, tools')).toBeTruthy();
    expect(screen.queryByRole('alert')).toBeNull();
  });
});
