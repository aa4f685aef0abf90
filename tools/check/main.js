// `npm run check`: format, lint, types and unit tests of what changed, before a commit or a push. CI checks everything.
import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { readChanges, readPackages, readTests } from './changes.js';
import { choose } from './choose.js';

const root = join(import.meta.dirname, '../..');
const env = {
  ...process.env,
  PATH: `${join(root, 'node_modules/.bin')}${delimiter}${process.env.PATH ?? ''}`,
  FORCE_COLOR: process.env.NO_COLOR === undefined && process.stdout.isTTY ? '1' : '0',
};

const results = [];

/**
 * Runs it and prints what it wrote in one piece, so that two at a time do not mix. Null: nothing of this kind changed.
 */
async function step(name, command, nothing) {
  if (command === null) {
    process.stdout.write(`– ${name}: ${nothing}\n`);
    return true;
  }
  const started = performance.now();
  const [file, ...args] = command;
  const child = spawn(file, args, {
    cwd: root,
    env,
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (output += text));
  const code = await new Promise((resolve) => {
    child.on('error', (error) => {
      output += `${file} could not be run: ${error.message}. Run \`npm ci\` first.\n`;
      resolve(1);
    });
    child.on('close', resolve);
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(code === 0 ? `✓ ${name} (${seconds} s)\n` : `✗ ${name} (${seconds} s)\n${output}\n`);
  results.push({ name, passed: code === 0 });
  return code === 0;
}

/** One compiler after the other beside the linter: two at a time are what a small machine has. */
async function checkTypes(folders) {
  if (folders.length === 0) await step('types', null, 'no package changed');
  for (const folder of folders) {
    const remembers = ['--incremental', '--tsBuildInfoFile', `.turbo/check/${folder.replace('/', '-')}.tsbuildinfo`];
    await step(`types of ${folder}`, ['tsc', '-p', `${folder}/tsconfig.json`, ...remembers]);
  }
}

async function main() {
  const { since, changed, removed } = readChanges(root);
  const count = changed.length + removed.length;
  process.stdout.write(`${count} ${count === 1 ? 'file differs' : 'files differ'} from ${since}.\n`);
  if (count === 0) return;
  const { format, lint, types, tests, journeys } = choose({
    changed,
    removed,
    tests: readTests(root),
    packages: readPackages(root),
  });
  const prettier = ['prettier', '--check', '--ignore-unknown', '--log-level=warn', ...format];
  await step('format', format.length === 0 ? null : prettier, 'files were only removed');
  // What other packages import of ours are its built types. Turbo builds what changed and nothing else.
  if (lint.length > 0 || types.length > 0)
    await step('build of packages', [
      process.execPath,
      'tools/turbo.js',
      'run',
      'build',
      '--filter=./packages/*',
      '--output-logs=errors-only',
    ]);
  const eslint = ['eslint', '--max-warnings=0', '--no-warn-ignored', ...lint];
  await Promise.all([step('lint', lint.length === 0 ? null : eslint, 'no code changed'), checkTypes(types)]);
  const jest = ['jest', '--runTestsByPath', ...tests];
  await step(`unit tests, ${tests.length} files`, tests.length === 0 ? null : jest, 'none is about these files');
  if (journeys.length > 0) process.stdout.write(`Not run, since they take longer: npx jest ${journeys.join(' ')}\n`);
  const failed = results.filter(({ passed }) => !passed).map(({ name }) => name);
  if (failed.length === 0) process.stdout.write('All of it passed. CI runs everything else (.ci/run).\n');
  else
    process.stdout.write(
      `Failed: ${failed.join('; ')}.${failed.includes('format') ? ' `npm run format` mends the format.' : ''}\n`,
    );
  process.exitCode = failed.length === 0 ? 0 : 1;
}

main().catch((error) => {
  process.stderr.write(`The check could not begin: ${error.message}\n`);
  process.exitCode = 1;
});
