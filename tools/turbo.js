// Runs turbo with the given arguments and without its telemetry, which only the environment can switch off.
import { spawnSync } from 'node:child_process';

const { error, status } = spawnSync('turbo', process.argv.slice(2), {
  stdio: 'inherit',
  shell: process.platform === 'win32',
  env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' },
});
if (error) process.stderr.write(`turbo could not be run: ${error.message}. Run \`npm ci\` first.\n`);
process.exitCode = status ?? 1;
