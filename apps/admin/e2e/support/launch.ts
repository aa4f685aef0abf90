import { chromium, type Browser } from 'playwright-core';
import { installChromium } from './chromium.js';

/** A headless Chromium that reaches this machine and nothing else. The caller closes it. */
export async function launchBrowser(): Promise<Browser> {
  const { executablePath, environment } = await installChromium();
  return chromium.launch({
    executablePath,
    // The variables that Node itself needs, and none that would let the user's set-up change the pictures.
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', TZ: 'UTC', ...environment },
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--font-render-hinting=none',
      '--force-color-profile=srgb',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
    ],
  });
}
