import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { cleanup, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { renderInApp } from '../../testing/render-app.js';
import { createScriptedClient } from '../../testing/scripted-client.js';
import { CopyButton } from './copy-button.js';

const SECRET = 'sk-secret-0123456789';

/** What the browser offers; null: nothing, as on pages over plain http from another machine. */
function offerClipboard(writeText: ((text: string) => Promise<void>) | null): void {
  const clipboard = writeText === null ? undefined : { writeText };
  Object.defineProperty(navigator, 'clipboard', { configurable: true, value: clipboard });
}

afterEach(() => {
  cleanup();
  Reflect.deleteProperty(navigator, 'clipboard');
  Reflect.deleteProperty(document, 'execCommand');
});

async function press(writeText: Parameters<typeof offerClipboard>[0]): Promise<void> {
  // Setting up brings a clipboard of its own along, so the one of the test comes after it.
  const user = userEvent.setup({ delay: null });
  offerClipboard(writeText);
  renderInApp(<CopyButton value={SECRET} label="Copy the key" />, { client: createScriptedClient({}).client });
  await user.click(screen.getByRole('button', { name: 'Copy the key' }));
}

describe('the button to copy', () => {
  it('puts the text on the clipboard and says so', async () => {
    const written: string[] = [];
    await press((text) => Promise.resolve(void written.push(text)));
    expect(await screen.findByText('Copied')).toBeTruthy();
    expect(written).toEqual([SECRET]);
  });

  it('says what to do where the browser refuses', async () => {
    await press(() => Promise.reject(new Error('not allowed')));
    expect(await screen.findByText('Select and copy it')).toBeTruthy();
  });

  it('takes the older way where there is no clipboard, and leaves nothing of it behind', async () => {
    const copied: string[] = [];
    const execCommand = jest.fn(() => {
      copied.push(document.querySelector('textarea')?.value ?? '');
      return true;
    });
    Object.defineProperty(document, 'execCommand', { configurable: true, value: execCommand });
    await press(null);
    expect(await screen.findByText('Copied')).toBeTruthy();
    expect(copied).toEqual([SECRET]);
    expect(document.body.innerHTML).not.toContain(SECRET);
    expect(document.activeElement).toBe(screen.getByRole('button'));
  });
});
