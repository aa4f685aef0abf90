import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import axe from 'axe-core';
import type { Page } from 'playwright-core';

const screenshots = join(import.meta.dirname, '../../../../docs/screenshots');

/**
 * Keeps a picture of the page as docs/screenshots/<name>.png when INTRALLM_SCREENSHOTS is set, so that a usual run of
 * the tests leaves no changed file; otherwise it only makes sure that the page can be drawn.
 */
export async function takeScreenshot(page: Page, name: string): Promise<void> {
  await page.evaluate(async () => {
    await document.fonts.ready;
  });
  const keep = process.env['INTRALLM_SCREENSHOTS'] !== undefined;
  if (keep) await mkdir(screenshots, { recursive: true });
  await page.screenshot({
    animations: 'disabled',
    caret: 'hide',
    ...(keep ? { path: join(screenshots, `${name}.png`) } : {}),
  });
}

interface AxeWindow {
  axe: { run(context: string | Document, options: object): Promise<{ violations: axe.Result[] }> };
}

/**
 * Fails with each violated rule and the elements that break it. Looks at the page as it is drawn now, by the rules of
 * WCAG 2.2 AA and axe's best practices; with a selector at this part of it alone, without the rules about whole pages.
 */
export async function expectNoAxeViolations(page: Page, part: string | null = null): Promise<void> {
  // By evaluation, not as a script element: the app's Content-Security-Policy stays as it is.
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async (selector) => {
    const { axe } = window as unknown as AxeWindow;
    const results = await axe.run(selector ?? document, { resultTypes: ['violations'] });
    return results.violations.map(({ id, help, nodes }) => ({
      id,
      help,
      elements: nodes.map(({ html, failureSummary }) => `${html}\n${failureSummary ?? ''}`),
    }));
  }, part);
  expect(violations).toEqual([]);
}
