import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { expectNoAxeViolations } from './browser.js';
import { launchBrowser } from './launch.js';

const goodPage = '<!doctype html><html lang="en"><title>Good</title><main><h1>Good</h1></main></html>';
const badPage = '<!doctype html><html lang="en"><title>Bad</title><main><h1>Bad</h1><button></button></main></html>';

describe('the browser of the tests', () => {
  let server: Server;
  let browser: Browser | undefined;
  let page: Page;
  let address: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      // As strict as the app's own: the tools below have to work in spite of it.
      response.setHeader('content-security-policy', "default-src 'self'");
      response.end(request.url === '/bad' ? badPage : goodPage);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await launchBrowser();
    page = await browser.newPage();
  }, 180_000);

  afterAll(async () => {
    await browser?.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('shows a page of this machine and draws it', async () => {
    await page.goto(`${address}/`);
    expect(await page.getByRole('heading').textContent()).toBe('Good');
    expect((await page.screenshot()).byteLength).toBeGreaterThan(1_000);
    await expectNoAxeViolations(page);
  });

  it('finds what axe-core finds', async () => {
    await page.goto(`${address}/bad`);
    await expect(expectNoAxeViolations(page)).rejects.toThrow('button-name');
  });

  it('reaches no other machine', async () => {
    await expect(page.goto('http://example.com/')).rejects.toThrow('ERR_NAME_NOT_RESOLVED');
  });
});
