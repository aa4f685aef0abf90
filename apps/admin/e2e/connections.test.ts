import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { startSimulator, type Simulator } from '@intrallm/simulator';
import { expectNoAxeViolations, takeScreenshot } from './support/browser.js';
import { launchBrowser } from './support/launch.js';
import { startProduct, type Product } from './support/product.js';
import { recordTraffic, type Traffic } from './support/traffic.js';

const KEY = 'sk-browser-4f2a9c81d7e3';
const ECHOED_KEY = 'sk-echoed/<browser>&8d1f+77';
const PASSWORD = 'correct horse battery';
/** Long enough for a machine that does other things as well. */
const PATIENCE = 30_000;

describe('the Connections page, as an administrator walks it', () => {
  let product: Product;
  let vllm: Simulator;
  let ollama: Simulator;
  let echo: Simulator;
  let traffic: Traffic;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const seen: string[] = [];

  const row = (name: string): Locator =>
    page.getByRole('listitem').filter({ has: page.getByRole('button', { name, exact: true }) });
  const section = (name: string): Locator => page.getByRole('region', { name });
  const dialog = (): Locator => page.getByRole('dialog');

  beforeAll(async () => {
    vllm = await startSimulator({ profile: 'vllm', key: KEY, models: ['llama-3-70b', 'qwen/coder', 'embedder'] });
    ollama = await startSimulator({ profile: 'ollama' });
    echo = await startSimulator({ profile: 'echo' });
    product = await startProduct();
    browser = await launchBrowser();
    context = await browser.newContext({
      viewport: { width: 1280, height: 860 },
      colorScheme: 'light',
      reducedMotion: 'reduce',
    });
    context.setDefaultTimeout(PATIENCE);
    traffic = recordTraffic(context, new Set(['RevealKey', 'CreateApiToken']));
    page = await context.newPage();
    page.on('pageerror', (error) => seen.push(String(error)));
  }, 180_000);

  afterAll(async () => {
    await browser.close();
    await product.stop();
    await Promise.all([vllm.close(), ollama.close(), echo.close()]);
  });

  /** Until the page has taken the scheme on, with every transition at its end. */
  async function show(colorScheme: 'light' | 'dark'): Promise<void> {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor();
    await page.evaluate(() =>
      Promise.allSettled(
        document
          .getAnimations()
          .filter(({ effect }) => effect?.getComputedTiming().iterations !== Infinity)
          .map(({ finished }) => finished),
      ),
    );
  }

  let broken: string | null = null;

  /** One step of the walk. Each stands on the one before: after a failure the others say so at once. */
  function step(name: string, walk: () => Promise<void> | void): void {
    it(name, async () => {
      if (broken !== null) throw new Error(`not reached: "${broken}" failed`);
      broken = name;
      await walk();
      broken = null;
    });
  }

  async function axeInBothSchemes(part?: string): Promise<void> {
    for (const colorScheme of ['dark', 'light'] as const) {
      await show(colorScheme);
      await expectNoAxeViolations(page, part);
    }
  }

  async function pictures(name: string): Promise<void> {
    for (const colorScheme of ['dark', 'light'] as const) {
      await show(colorScheme);
      await takeScreenshot(page, `${name}-${colorScheme}`);
    }
  }

  step('sets up the first administrator by the link in the log', async () => {
    await page.goto(product.setUpUrl);
    await page.getByRole('button', { name: 'Create the account' }).waitFor();
    await axeInBothSchemes();
    await page.getByLabel('Name').fill('Ada');
    await page.getByLabel('Email').fill('ada@example.org');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Show the password', pressed: true }).waitFor();
    expect(await page.getByLabel('Password', { exact: true }).getAttribute('type')).toBe('text');
    await page.getByRole('button', { name: 'Create the account' }).click();
    await page.getByRole('heading', { name: 'Connections', level: 1 }).waitFor();
  });

  step('signs out and in again, and comes back to the page', async () => {
    await page.getByRole('button', { name: 'Account of Ada' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await axeInBothSchemes();
    await page.getByLabel('Email').fill('ada@example.org');
    await page.getByLabel('Password', { exact: true }).fill('not my password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('This email and password do not belong together.').waitFor();
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Connections', level: 1 }).waitFor();
  });

  step('teaches while nothing is linked, with the two sections in their order', async () => {
    const titles = await page.getByRole('heading', { level: 2 }).allTextContents();
    expect(titles).toEqual(['OpenAI format API', 'Ollama API']);
    await page.getByText('npm run demo').first().waitFor();
    await axeInBothSchemes();
    await pictures('empty');
  });

  step('finds the URL one step further, and links an OpenAI format endpoint', async () => {
    await section('OpenAI format API').getByRole('button', { name: /^Add/ }).last().click();
    await dialog().getByLabel('Endpoint URL').fill(vllm.origin);
    await dialog().getByLabel('API key', { exact: false }).first().fill(KEY);
    await dialog().getByLabel('Name').fill('vLLM · rack 4');
    await dialog().getByRole('button', { name: 'Use this URL' }).waitFor();
    await pictures('add-dialog');
    await axeInBothSchemes();
    const check = dialog().getByRole('region', { name: 'Check of this endpoint' });
    const advanced = dialog().getByRole('button', { name: /^Advanced/ });
    await advanced.click();
    await dialog().getByLabel('Auth scheme').first().waitFor();
    // However little room the dialog has, the answer of the check keeps its own: nothing stands across it.
    expect(await check.evaluate((panel) => panel.scrollHeight <= panel.clientHeight)).toBe(true);
    await advanced.click();
    await dialog().getByRole('button', { name: 'Use this URL' }).click();
    await dialog().getByText('llama-3-70b').first().waitFor();
    await dialog().getByRole('button', { name: 'Add endpoint' }).click();
    await dialog().waitFor({ state: 'hidden' });
    await row('vLLM · rack 4').getByText('Online').waitFor();
    await row('vLLM · rack 4').getByText('3 models').waitFor();
  });

  step('links an Ollama endpoint from the other section', async () => {
    await section('Ollama API').getByRole('button', { name: /^Add/ }).last().click();
    await dialog().getByLabel('Endpoint URL').fill(ollama.url);
    await dialog().getByLabel('Name').fill('Ollama · workstation');
    await dialog().getByRole('button', { name: 'Add endpoint' }).click();
    await dialog().waitFor({ state: 'hidden' });
    await row('Ollama · workstation').getByText('Online').waitFor();
  });

  step('opens a row to its models, the last check and the recent changes', async () => {
    await page.getByRole('button', { name: 'vLLM · rack 4', exact: true }).click();
    await row('vLLM · rack 4').getByText('qwen/coder').first().waitFor();
    await row('vLLM · rack 4').getByText('/v1/chat/completions').first().waitFor();
    await row('vLLM · rack 4').getByRole('button', { name: 'Settings of vLLM · rack 4' }).last().waitFor();
    const model = row('vLLM · rack 4')
      .getByRole('listitem')
      .filter({ has: page.getByRole('button', { name: 'qwen/coder', exact: true }) });
    const nameBox = await model.getByRole('button', { name: 'qwen/coder', exact: true }).boundingBox();
    const menuBox = await model.getByRole('button', { name: 'Capabilities of qwen/coder' }).boundingBox();
    // The name is the first line of its row, above what is told of the model.
    expect(nameBox!.y).toBeLessThan(menuBox!.y + menuBox!.height / 2);
    await axeInBothSchemes();
    await pictures('details');
  });

  step('says by keyboard alone what a model can do, and takes it back', async () => {
    const menu = page.getByRole('menu', { name: 'Capabilities of qwen/coder' });
    const tools = menu.getByRole('menuitemcheckbox', { name: 'tools' });
    await page.getByRole('button', { name: 'Capabilities of qwen/coder' }).focus();
    await page.keyboard.press('Enter');
    await tools.waitFor();
    await tools.focus();
    await page.keyboard.press('Enter');
    await menu.getByRole('menuitemcheckbox', { name: 'tools', checked: true }).waitFor();
    await row('vLLM · rack 4').getByText('tools', { exact: true }).first().waitFor();
    await axeInBothSchemes('[role="menu"]');
    await menu.getByRole('menuitem', { name: 'As the endpoint states' }).press('Enter');
    await menu.getByRole('menuitemcheckbox', { name: 'tools', checked: false }).waitFor();
    await page.keyboard.press('Escape');
    await menu.waitFor({ state: 'hidden' });
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe(
      'Capabilities of qwen/coder',
    );
    await page.getByRole('button', { name: 'vLLM · rack 4', exact: true }).click();
  });

  step('shows within 10 s and without reloading that an endpoint went away, and that it came back', async () => {
    await vllm.control.down();
    await row('vLLM · rack 4').getByText('Offline').waitFor({ timeout: 10_000 });
    await row('vLLM · rack 4').getByText('Connection refused').waitFor();
    await axeInBothSchemes();
    await pictures('connections');
    await page.setViewportSize({ width: 390, height: 844 });
    await takeScreenshot(page, 'connections-phone');
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    // What is out of sight is out of reach, for the keyboard and for screen readers.
    const navigation = page.getByRole('navigation', { name: 'Admin Settings' });
    expect(await navigation.count()).toBe(0);
    await page.getByRole('button', { name: 'Open the navigation' }).click();
    await navigation.waitFor();
    await page.getByRole('button', { name: 'Close the navigation' }).last().click();
    await navigation.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Settings of Ollama · workstation' }).click();
    await dialog().getByLabel('Endpoint URL').waitFor();
    await expectNoAxeViolations(page);
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'hidden' });
    await page.setViewportSize({ width: 1280, height: 860 });
    await vllm.control.up();
    await row('vLLM · rack 4')
      .getByRole('button', { name: /Check now: vLLM · rack 4/ })
      .click();
    await row('vLLM · rack 4').getByText('Online').waitFor();
  });

  step('switches a connection off and on', async () => {
    const toggle = page.getByRole('switch', { name: 'Use Ollama · workstation' });
    await toggle.focus();
    await page.keyboard.press('Space');
    await row('Ollama · workstation').getByText('Switched off').waitFor();
    await page.keyboard.press('Space');
    await row('Ollama · workstation').getByText('Online').waitFor();
  });

  step('edits a name by keyboard alone, and shows what another administrator did', async () => {
    await page.getByRole('button', { name: 'Settings of Ollama · workstation' }).focus();
    await page.keyboard.press('Enter');
    await dialog().getByLabel('Name').fill('Ollama · desk');
    await page.keyboard.press('Control+Enter');
    await dialog().waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Ollama · desk', exact: true }).waitFor();

    const other = await context.newPage();
    await other.goto(`${product.url}/connections`);
    await other.getByRole('switch', { name: 'Use Ollama · desk' }).click({ force: true });
    await row('Ollama · desk').getByText('Switched off').waitFor();
    await other.getByRole('switch', { name: 'Use Ollama · desk' }).click({ force: true });
    await row('Ollama · desk').getByText('Online').waitFor();
    await other.close();
  });

  step('reveals the key, and leaves no trace of it', async () => {
    await page.getByRole('button', { name: 'Reveal the key of vLLM · rack 4' }).click();
    await page.getByText(KEY).waitFor();
    await page.getByRole('button', { name: 'Hide the key of vLLM · rack 4' }).click();
    await page.getByText(KEY).waitFor({ state: 'detached' });
    const kept = await page.evaluate(async () => {
      const databases = await indexedDB.databases();
      return JSON.stringify([
        document.documentElement.outerHTML,
        { ...localStorage },
        { ...sessionStorage },
        databases,
      ]);
    });
    expect(kept).not.toContain(KEY);
    expect(kept).toContain('••••••••d7e3');
  });

  step('removes a connection and brings it back by Undo', async () => {
    await page.getByRole('button', { name: 'Settings of vLLM · rack 4' }).click();
    await dialog().getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByRole('button', { name: 'Undo the removal of vLLM · rack 4' }).waitFor();
    await axeInBothSchemes();
    await page.keyboard.press('Enter');
    await row('vLLM · rack 4').getByText('Online').waitFor();
  });

  step('keeps the navigation when a page crashes, and reads anew when it is tried again', async () => {
    await page.route('**/graphql', async (route) => {
      const { operationName } = route.request().postDataJSON() as { operationName?: string };
      if (operationName !== 'Sessions') return route.fallback();
      const response = await route.fetch();
      const body = await response.text();
      return route.fulfill({ response, body: body.replaceAll(/"lastUsedAt":"[^"]*"/g, '"lastUsedAt":"never"') });
    });
    await page.getByRole('button', { name: 'Account of Ada' }).click();
    await page.getByRole('menuitem', { name: 'Account and API tokens' }).click();
    await page.getByRole('heading', { name: 'Something went wrong on this page' }).waitFor();
    await axeInBothSchemes();
    await page.unroute('**/graphql');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('this one').waitFor();
    await axeInBothSchemes();
    await page.getByRole('link', { name: 'Connections', exact: true }).click();
    await row('vLLM · rack 4').getByText('Online').waitFor();
  });

  step('says of a page that does not exist where to go, and shows members where they are', async () => {
    await page.goto(`${product.url}/nowhere`);
    await page.getByRole('heading', { name: 'There is nothing here' }).waitFor();
    await axeInBothSchemes();
    await page.getByRole('link', { name: 'Go to the connections' }).click();
    await row('vLLM · rack 4').waitFor();
    await page.route('**/graphql', async (route) => {
      const { operationName } = route.request().postDataJSON() as { operationName?: string };
      if (operationName !== 'Session') return route.fallback();
      const response = await route.fetch();
      const body = await response.text();
      return route.fulfill({ response, body: body.replace(/"scopes":\[[^\]]*\]/, '"scopes":["MODELS_READ","CHAT"]') });
    });
    await page.reload();
    await page.getByRole('heading', { name: 'Welcome, Ada' }).waitFor();
    await axeInBothSchemes();
    await page.unroute('**/graphql');
  });

  step('makes an API token that works, shows it once, and revokes it', async () => {
    await page.goto(`${product.url}/connections`);
    await page.getByRole('button', { name: 'vLLM · rack 4', exact: true }).click();
    await row('vLLM · rack 4').getByRole('link', { name: 'API token' }).click();
    const card = section('API tokens');
    await card.getByText('curl').waitFor();
    await axeInBothSchemes();
    await card.getByRole('button', { name: 'New API token' }).click();
    await dialog().getByLabel('Name', { exact: true }).fill('editor on my laptop');
    await axeInBothSchemes();
    await page.keyboard.press('Enter');
    const shown = dialog().getByRole('group', { name: 'The token editor on my laptop' }).locator('code');
    const token = (await shown.textContent()) ?? '';
    await axeInBothSchemes();
    const list = await fetch(`${product.url}/v1/models`, { headers: { authorization: `Bearer ${token}` } });
    expect(await list.text()).toContain('llama-3-70b');
    await dialog().getByRole('button', { name: 'Done' }).click();
    await dialog().waitFor({ state: 'hidden' });
    expect(await page.content()).not.toContain(token);
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('New API token');
    await card.getByText('editor on my laptop').waitFor();
    await pictures('account');
    await page.setViewportSize({ width: 390, height: 844 });
    await takeScreenshot(page, 'account-phone');
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    await card.getByRole('button', { name: 'Revoke editor on my laptop…' }).click();
    await axeInBothSchemes();
    await page.setViewportSize({ width: 1280, height: 860 });
    await card.getByRole('button', { name: 'Revoke editor on my laptop for good' }).click();
    await card.getByText('curl').waitFor();
    const refused = await fetch(`${product.url}/v1/models`, { headers: { authorization: `Bearer ${token}` } });
    expect(refused.status).toBe(401);
  });

  step('shows nothing of a key that an endpoint repeats', async () => {
    await page.goto(`${product.url}/connections`);
    await section('OpenAI format API').getByRole('button', { name: /^Add/ }).first().click();
    await dialog().getByLabel('Endpoint URL').fill(echo.url);
    await dialog().getByLabel('API key', { exact: false }).first().fill(ECHOED_KEY);
    await dialog().getByLabel('Name').fill('Echo');
    await dialog().getByText('echo', { exact: true }).first().waitFor();
    await dialog().getByRole('button', { name: 'Add endpoint' }).click();
    await dialog().waitFor({ state: 'hidden' });
    await row('Echo').getByText('Online').waitFor();
    await page.getByRole('button', { name: 'Echo', exact: true }).click();
    await row('Echo')
      .getByText(/models, \d+ left out/)
      .first()
      .waitFor();
    const received = await traffic.text();
    expect(received).toContain('•••');
    expect(received).toContain('"type":"next"');
    const base64 = Buffer.from(ECHOED_KEY).toString('base64');
    for (const form of [KEY, ECHOED_KEY, encodeURIComponent(ECHOED_KEY), base64.replace(/=+$/, '')]) {
      expect(received).not.toContain(form);
      expect(await page.content()).not.toContain(form);
    }
  });

  step('has no key in its data or its output, and no error in the page', () => {
    const folder = path.join(product.dataDirectory, 'data');
    const stored = readdirSync(folder).map((file) => readFileSync(path.join(folder, file), 'latin1'));
    expect(stored.join('')).toContain('vLLM');
    expect(stored.join('')).not.toContain(KEY);
    expect(product.output()).not.toContain(KEY);
    expect(stored.join('') + product.output()).not.toContain(ECHOED_KEY);
    expect(seen).toEqual([]);
  });
});
