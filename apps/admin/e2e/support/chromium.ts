import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** Chromium as it lies on the disk, with what it needs from the environment. */
export interface InstalledChromium {
  readonly executablePath: string;
  readonly environment: Record<string, string>;
}

const repository = join(import.meta.dirname, '../../../..');
const cache = join(repository, 'node_modules/.cache/intrallm-chromium');

async function packageVersion(): Promise<string> {
  const require = createRequire(join(repository, 'package.json'));
  const manifest = join(dirname(require.resolve('@sparticuz/chromium')), '../../package.json');
  return (JSON.parse(await readFile(manifest, 'utf8')) as { version: string }).version;
}

/** Unpacks into a folder beside the final one, which appears in one step: runs at the same time do not see halves. */
async function unpackTo(folder: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const staging = await mkdtemp(join(cache, 'unpacking-'));
  try {
    await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'inflate-chromium.js')], {
      // The package unpacks the shared libraries as well where it believes itself on Amazon Linux 2023.
      env: { ...process.env, TMPDIR: staging, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' },
    });
    await rename(staging, folder);
  } catch (error) {
    // Another run was faster.
    if (!existsSync(folder)) throw error;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/**
 * The settings in the package look for fonts where it would be unpacked elsewhere. Without any font this Chromium
 * crashes at the first button.
 */
async function writeFontSettings(folder: string): Promise<string> {
  const file = join(folder, 'fonts.conf');
  const settings = `<?xml version="1.0"?>
<fontconfig><dir>${join(folder, 'fonts')}</dir><cachedir>${join(folder, 'fonts-cache')}</cachedir></fontconfig>
`;
  await writeFile(file, settings);
  return file;
}

/**
 * The Chromium that came with `npm ci`, unpacked at the first call. It brings its own libraries and fonts, so that it
 * runs on a system without any of a browser's.
 */
export async function installChromium(): Promise<InstalledChromium> {
  const folder = join(cache, await packageVersion());
  if (!existsSync(folder)) await unpackTo(folder);
  return {
    executablePath: join(folder, 'chromium'),
    environment: { LD_LIBRARY_PATH: join(folder, 'al2023/lib'), FONTCONFIG_FILE: await writeFontSettings(folder) },
  };
}
