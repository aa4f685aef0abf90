import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { startSimulator, type Simulator } from '@intrallm/simulator';
import { launchBrowser } from './support/launch.js';
import { startPathProxy } from './support/path-proxy.js';
import { startProduct } from './support/product.js';

const PATH = '/tools/llm';
const PASSWORD = 'correct horse battery';
/** Long enough for a machine that does other things as well. */
const PATIENCE = 30_000;

describe('the app below a path of its host', () => {
  let browser: Browser;
  let endpoint: Simulator;

  beforeAll(async () => {
    browser = await launchBrowser();
    endpoint = await startSimulator({ profile: 'vllm', models: ['llama'] });
  }, 180_000);
  afterAll(async () => {
    await browser.close();
    await endpoint.close();
  });

  it.each([
    ['takes the path off', { strips: true }],
    ['sends the path on', { strips: false }],
  ])(
    'works behind a proxy that %s: set-up, pages, live states, sign-out and sign-in',
    async (_kind, proxyKind) => {
      const proxy = await startPathProxy(PATH, proxyKind);
      const product = await startProduct({ INTRALLM_PUBLIC_URL: proxy.url, OPENAI_API_BASE_URLS: endpoint.url });
      proxy.lead(product.listensOn);
      const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
      context.setDefaultTimeout(PATIENCE);
      const failures: string[] = [];
      try {
        const page = await context.newPage();
        page.on('pageerror', (error) => failures.push(String(error)));
        page.on('response', (answer) => {
          if (answer.status() >= 404) failures.push(answer.url());
        });
        const place = () => new URL(page.url()).pathname;

        expect(product.setUpUrl).toMatch(new RegExp(`^${proxy.url}/set-up#`));
        await page.goto(product.setUpUrl);
        await page.getByLabel('Name').fill('Ada');
        await page.getByLabel('Email').fill('ada@example.org');
        await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
        await page.getByRole('button', { name: 'Create the account' }).click();
        await page.getByRole('heading', { name: 'Connections', level: 1 }).waitFor();
        expect(place()).toBe(`${PATH}/connections`);
        expect(new Set((await context.cookies(proxy.url)).map(({ path }) => path))).toEqual(new Set([PATH]));
        expect(await context.cookies(new URL('/other', proxy.url).href)).toEqual([]);

        await page.getByText('Online').first().waitFor();
        const socketOpened = page.waitForEvent('websocket');
        await page.reload();
        expect((await socketOpened).url()).toBe(`${proxy.url.replace('http', 'ws')}/graphql`);

        await page.getByRole('button', { name: 'Account of Ada' }).click();
        await page.getByRole('menuitem', { name: /^Account/ }).click();
        await page.getByRole('heading', { name: 'Your account' }).waitFor();
        expect(place()).toBe(`${PATH}/account`);
        await page.reload();
        await page.getByRole('heading', { name: 'Your account' }).waitFor();

        await page.getByRole('button', { name: 'Account of Ada' }).click();
        await page.getByRole('menuitem', { name: 'Sign out' }).click();
        await page.getByLabel('Email').fill('ada@example.org');
        expect(place()).toBe(`${PATH}/sign-in`);
        await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.getByRole('heading', { name: 'Your account' }).waitFor();
        expect(place()).toBe(`${PATH}/account`);

        // Who comes past the proxy is led below the path as well.
        await page.goto(`${product.listensOn}/account`);
        await page.getByRole('heading', { name: 'Your account' }).waitFor();
        expect(page.url()).toBe(`${product.listensOn}${PATH}/account`);

        expect((await fetch(`${proxy.url}/readyz`)).status).toBe(200);
        expect(proxy.strays).toEqual([]);
        expect(failures).toEqual([]);
      } finally {
        await context.close();
        await product.stop();
        await proxy.close();
      }
    },
    120_000,
  );
});
