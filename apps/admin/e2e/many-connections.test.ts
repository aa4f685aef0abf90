import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { expectNoAxeViolations } from './support/browser.js';
import { launchBrowser } from './support/launch.js';
import { startProduct, type Product } from './support/product.js';

const COUNT = 1_000;
/** What is near a window of 860 pixels, with a good deal more. */
const MOST_ROWS = 60;
/** Of 63 pixels each, in a window of 860. */
const MOST_IN_SIGHT = 16;
const ADMIN = { email: 'ada@example.org', password: 'correct horse battery' };
/** Long enough for a machine that does other things as well. */
const PATIENCE = 60_000;

describe('the Connections page with a thousand connections', () => {
  let endpoints: Server;
  let product: Product;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    endpoints = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end('{"object":"list","data":[{"id":"model","object":"model"}]}');
    });
    await new Promise<void>((resolve) => endpoints.listen(0, '127.0.0.1', resolve));
    const { port } = endpoints.address() as AddressInfo;
    const url = (index: number) => `http://127.0.0.1:${String(port)}/number-${String(index).padStart(4, '0')}/v1`;
    product = await startProduct({
      OPENAI_API_BASE_URLS: Array.from({ length: COUNT }, (_, index) => url(index)).join(';'),
      INTRALLM_CHECK_SECONDS: '3600',
      INTRALLM_ADMIN_EMAIL: ADMIN.email,
      INTRALLM_ADMIN_PASSWORD: ADMIN.password,
    });
    browser = await launchBrowser();
    context = await browser.newContext({ viewport: { width: 1280, height: 860 }, reducedMotion: 'reduce' });
    context.setDefaultTimeout(PATIENCE);
    page = await context.newPage();
    await page.goto(product.url);
    await page.getByLabel('Email').fill(ADMIN.email);
    await page.getByLabel('Password', { exact: true }).fill(ADMIN.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page
      .locator(`li[aria-setsize="${String(COUNT)}"]`)
      .first()
      .waitFor();
  }, 240_000);

  afterAll(async () => {
    await browser.close();
    await product.stop();
    endpoints.closeAllConnections();
    await new Promise((resolve) => endpoints.close(resolve));
  });

  const rows = () => page.locator('li[data-key]');
  const url = (index: number) => page.getByText(`/number-${String(index).padStart(4, '0')}/v1`);

  it('draws the rows near the window alone, and tells how many there are', async () => {
    expect(await rows().count()).toBeLessThanOrEqual(MOST_ROWS);
    expect(await rows().first().getAttribute('aria-setsize')).toBe(String(COUNT));
    expect(await rows().first().getAttribute('aria-posinset')).toBe('1');
    await expectNoAxeViolations(page);
  });

  it('shows the last one at the end of the page, and the first one again at its top', async () => {
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    await page.locator(`li[aria-posinset="${String(COUNT)}"]`).waitFor();
    expect(await rows().count()).toBeLessThanOrEqual(MOST_ROWS);
    await page.evaluate(() => window.scrollTo(0, 0));
    await page.locator('li[aria-posinset="1"]').waitFor();
  });

  it('draws the rows in sight first after a jump, and those beyond the edges apart from them', async () => {
    await page.evaluate(() => window.scrollTo(0, 0));
    await page.locator('li[aria-posinset="1"]').waitFor();
    const mostAtOnce = await page.evaluate(async () => {
      const batches: number[] = [];
      const list = document.querySelector('li[data-key]')!.parentElement!;
      const observer = new MutationObserver((changes) => {
        batches.push(changes.reduce((sum, { addedNodes }) => sum + addedNodes.length, 0));
      });
      observer.observe(list, { childList: true });
      window.scrollTo(0, 30_000);
      const drawn = () => batches.reduce((sum, count) => sum + count, 0);
      // As many as stand near the window in the end: twice what is in sight.
      while (drawn() < 24) await new Promise(requestAnimationFrame);
      observer.disconnect();
      return Math.max(...batches);
    });
    expect(mostAtOnce).toBeLessThanOrEqual(MOST_IN_SIGHT);
    await page.evaluate(() => window.scrollTo(0, 0));
  });

  it('keeps the row that has the focus, wherever the page is scrolled to', async () => {
    const switchOfFirst = rows().first().getByRole('switch');
    await switchOfFirst.focus();
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    await page.locator(`li[aria-posinset="${String(COUNT)}"]`).waitFor();
    expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('switch');
    await page.keyboard.press('Tab');
    await page.locator('li[aria-posinset="2"]').waitFor();
    await page.evaluate(() => window.scrollTo(0, 0));
  });

  it('finds one of them by what is typed, and shows all again', async () => {
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.getByLabel('Search connections').fill('number-0777');
    await url(777).waitFor();
    await page.getByText(`1 of ${String(COUNT)} match`).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('li[aria-posinset="1"]').waitFor();
  });

  it('opens a row, which moves those below it', async () => {
    const second = page.locator('li[aria-posinset="2"]');
    const before = (await second.boundingBox())!.y;
    await rows().first().getByRole('button', { expanded: false }).first().click();
    await rows().first().getByText('Last 24 hours').waitFor();
    await page.waitForFunction(
      (top) => document.querySelector('li[aria-posinset="2"]')!.getBoundingClientRect().top > top + 50,
      before,
    );
  });
});
