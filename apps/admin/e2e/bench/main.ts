// Measures the Connections page of a running product: `main.ts <url> <email> <password> <rounds>`. Prints one line of
// JSON: for each way of using the page the longest task of the browser's main thread in each round, in milliseconds of
// CPU time.
import type { Page } from 'playwright-core';
import { launchBrowser } from '../support/launch.js';
import { watchTasks } from './tasks.js';

const PATIENCE_MS = 60_000;
const WHEEL_STEPS = 40;
const WHEEL_PIXELS = 300;
/** In pixels: a little more than two windows, further than the rows that are drawn ahead. */
const JUMP_PIXELS = 2_500;
const JUMPS = 20;
const PAGE_KEYS = 10;
const DRAGS = [0.5, 0.1, 0.9, 0.3, 0.7];

const frame = (page: Page) =>
  page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
/** Until the page has had nothing to do for a moment. */
const rest = (page: Page) => page.evaluate(() => new Promise((resolve) => requestIdleCallback(resolve)));

async function scrollTo(page: Page, top: number): Promise<void> {
  await page.evaluate((y) => window.scrollTo(0, y), top);
  await frame(page);
}

async function press(page: Page, key: string, times = 1): Promise<void> {
  for (let count = 0; count < times; count += 1) {
    await page.keyboard.press(key);
    await frame(page);
  }
}

const uses: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  wheel: async (page) => {
    for (let step = 0; step < WHEEL_STEPS; step += 1) {
      await page.mouse.wheel(0, WHEEL_PIXELS);
      await frame(page);
    }
  },
  jump: async (page) => {
    for (let jump = 1; jump <= JUMPS; jump += 1) await scrollTo(page, jump * JUMP_PIXELS);
    await rest(page);
    await press(page, 'End');
    await press(page, 'PageUp', PAGE_KEYS);
    await press(page, 'Home');
    await press(page, 'PageDown', PAGE_KEYS);
    const height = await page.evaluate(() => document.body.scrollHeight);
    for (const share of DRAGS) await scrollTo(page, share * height);
  },
  filter: async (page) => {
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.getByLabel('Search connections').waitFor();
    for (const letter of '0777') await press(page, letter);
    await page.getByText(/^1 of \d+ match$/).waitFor();
    await press(page, 'Backspace', 4);
    await press(page, 'Escape');
    await rest(page);
  },
};

async function main(url: string, email: string, password: string, rounds: number): Promise<void> {
  const browser = await launchBrowser();
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    await page.goto(url);
    await page.getByLabel('Email').fill(email);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page
      .getByRole('img', { name: /^Last 24 hours/ })
      .first()
      .waitFor();
    await page.mouse.move(700, 500);
    const longest: Record<string, number[]> = {};
    for (let round = 0; round <= rounds; round += 1) {
      for (const [name, act] of Object.entries(uses)) {
        await scrollTo(page, 0);
        await rest(page);
        const tasks = await watchTasks(page, () => act(page));
        // The first round warms up: the code has not been compiled before.
        if (round > 0) (longest[name] ??= []).push(Math.max(...tasks));
      }
    }
    process.stdout.write(`${JSON.stringify(longest)}\n`);
  } finally {
    await browser.close();
  }
}

const [url = '', email = '', password = '', rounds = '3'] = process.argv.slice(2);
await main(url, email, password, Number(rounds));
