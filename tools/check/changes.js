// What changed, as Git tells it, for `npm run check`.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { chooseBase } from './choose.js';

/** Git tells its hooks by variables which repository they are of; here `root` says that. */
const outsideHooks = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE'].includes(name)),
);

function git(root, ...args) {
  return execFileSync('git', args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1e8,
    env: outsideHooks,
  });
}

/** The answer without its line end; null where Git has none. */
function ask(root, ...args) {
  try {
    return git(root, ...args).trim() || null;
  } catch {
    return null;
  }
}

const list = (text) => text.split('\0').filter((name) => name !== '');

/** Where to compare, in words for the first line, and what changed since. */
export function readChanges(root) {
  const branch = ask(root, 'branch', '--show-current');
  const upstream = ask(root, 'rev-parse', '--abbrev-ref', '--symbolic-full-name', '@{upstream}');
  const mains = ['main', 'origin/main'].filter((name) => ask(root, 'rev-parse', '--verify', '--quiet', name) !== null);
  const { commit, fromFork } = chooseBase({ branch, upstream, mains });
  const base = fromFork ? ask(root, 'merge-base', 'HEAD', commit) : ask(root, 'rev-parse', commit);
  if (base === null) throw new Error(`There is no commit to compare with: ${commit} shares none with this branch.`);
  const since = commit === 'HEAD' ? 'the last commit' : fromFork ? `where this branch left ${commit}` : commit;
  const differing = (filter) =>
    list(git(root, 'diff', '--name-only', '-z', '--no-renames', `--diff-filter=${filter}`, base));
  const untracked = list(git(root, 'ls-files', '-z', '--others', '--exclude-standard'));
  return {
    since: `${since} (${base.slice(0, 8)})`,
    changed: [...differing('AMT'), ...untracked],
    removed: differing('D'),
  };
}

export function readTests(root) {
  const files = list(
    git(root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard', '*.test.ts', '*.test.tsx'),
  );
  return files.flatMap((file) => {
    try {
      return [{ file, text: readFileSync(join(root, file), 'utf8') }];
    } catch (error) {
      if (error.code === 'ENOENT') return []; // Removed, and not yet committed as such.
      throw error;
    }
  });
}

/** The folder of each package with the folders of those that it uses. */
export function readPackages(root) {
  const manifests = list(git(root, 'ls-files', '-z', 'apps/*/package.json', 'packages/*/package.json')).map((file) => {
    const { name, dependencies, devDependencies } = JSON.parse(readFileSync(join(root, file), 'utf8'));
    return { folder: dirname(file), name, uses: Object.keys({ ...dependencies, ...devDependencies }) };
  });
  const folders = new Map(manifests.map(({ name, folder }) => [name, folder]));
  return Object.fromEntries(
    manifests.map(({ folder, uses }) => [folder, uses.flatMap((name) => folders.get(name) ?? [])]),
  );
}
