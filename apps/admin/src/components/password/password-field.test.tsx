import { afterEach, describe, expect, it } from '@jest/globals';
import { cleanup, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { renderInApp } from '../../testing/render-app.js';
import { createScriptedClient } from '../../testing/scripted-client.js';
import { PasswordField } from './password-field.js';

const user = userEvent.setup({ delay: null });
const type = () => screen.getByLabelText<HTMLInputElement>('New password').type;

function open() {
  renderInApp(<PasswordField label="New password" defaultValue="x" />, { client: createScriptedClient({}).client });
  return screen.getByRole('button', { name: 'Show the new password' });
}

afterEach(cleanup);

describe('the eye of a password field', () => {
  it('is the next stop of Tab, and shows and hides with Space and Enter', async () => {
    const eye = open();
    expect(type()).toBe('password');
    await user.tab();
    await user.tab();
    expect(document.activeElement).toBe(eye);
    expect(eye.getAttribute('aria-pressed')).toBe('false');
    await user.keyboard(' ');
    expect([type(), eye.getAttribute('aria-pressed')]).toEqual(['text', 'true']);
    await user.keyboard('{Enter}');
    expect([type(), eye.getAttribute('aria-pressed')]).toEqual(['password', 'false']);
    expect(document.activeElement).toBe(eye);
  });

  it('answers a click, and submits no form by it', async () => {
    const eye = open();
    expect(eye.getAttribute('type')).toBe('button');
    await user.click(eye);
    expect(type()).toBe('text');
  });
});
