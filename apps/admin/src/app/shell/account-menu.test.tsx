import { afterEach, describe, expect, it } from '@jest/globals';
import { cleanup, screen } from '@testing-library/react';
import { renderWholeApp } from '../../testing/render-whole-app.js';

afterEach(cleanup);

/** The app with the focus on the button of the menu. */
async function focusMenuButton() {
  const app = renderWholeApp({}, '/account');
  const button = await screen.findByRole('button', { name: /^Account of Ada/ });
  button.focus();
  return { ...app, button };
}
const focused = () => document.activeElement?.textContent;
const isOpen = () => screen.queryByRole('menu') !== null;

describe('the account menu', () => {
  it('is walked through with the arrow keys, from the end to the start', async () => {
    const { user, button } = await focusMenuButton();
    await user.keyboard('{ArrowDown}');
    expect(button.getAttribute('aria-expanded')).toBe('true');
    expect(focused()).toBe('Account and API tokens');
    await user.keyboard('{ArrowDown}');
    expect(focused()).toBe('Sign out');
    await user.keyboard('{ArrowDown}');
    expect(focused()).toBe('Account and API tokens');
    await user.keyboard('{End}');
    expect(focused()).toBe('Sign out');
  });

  it('gives the focus back when Escape closes it', async () => {
    const { user, button } = await focusMenuButton();
    await user.keyboard('{Enter}');
    expect(focused()).toBe('Account and API tokens');
    await user.keyboard('{Escape}');
    expect(isOpen()).toBe(false);
    expect(document.activeElement).toBe(button);
  });

  it('closes when something else is pressed, or Tab leads on', async () => {
    const { user, button } = await focusMenuButton();
    await user.click(button);
    expect(isOpen()).toBe(true);
    await user.click(screen.getByRole('heading', { name: 'Your account' }));
    expect(isOpen()).toBe(false);
    await user.click(button);
    await user.tab();
    expect(isOpen()).toBe(false);
  });
});
