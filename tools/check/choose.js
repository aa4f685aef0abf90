// What `npm run check` looks at, worked out from the names of the changed files: no file is read and nothing is run
// here.
import { posix } from 'node:path';

/**
 * Beyond this many files everything is formatted and linted: a command line has an end, and a check of all is no
 * slower.
 */
const ALL_FROM = 300;

const isSource = (file) => /\.(?:[cm]?[jt]s|tsx)$/.test(file);
/** Code that a person wrote: what is generated is compiled, and not linted. */
const isWritten = (file) => isSource(file) && !file.includes('/generated/');
const isTest = (file) => /\.test\.tsx?$/.test(file);
/** Tests that start the product, a browser or a PostgreSQL: CI runs them, they are not for every save. */
const isJourney = (file) => isTest(file) && /^apps\/[^/]+\/(?:test|e2e)\//.test(file);

/** What every package is compiled with. */
const SHARED = new Set(['tsconfig.base.json', 'package.json', 'package-lock.json']);

/** Tests that are about files which no import leads to. */
const ABOUT = [
  [/\.md$/, 'tools/documents.test.ts'],
  [/^docs\/settings\.md$|^\.env\.example$|^apps\/api\/src\/config(?:\/|\.ts)/, 'tools/settings.test.ts'],
  [/^package-lock\.json$/, 'tools/package-lock.test.ts'],
  [/^tools\/lint\//, 'tools/import-directions.test.ts'],
];

/**
 * With which commit to compare. On main that is what was pushed, so that the commits to come are checked; where main
 * follows no other branch, HEAD, which leaves what is not committed. On every other branch it is where the branch left
 * main.
 */
export function chooseBase({ branch, upstream, mains }) {
  if (branch === 'main') return upstream === null ? { commit: 'HEAD' } : { commit: upstream };
  const main = mains.find((name) => name === 'main') ?? mains[0];
  return main === undefined ? { commit: 'HEAD' } : { commit: main, fromFork: true };
}

/** The folder of a file's package; `tools` is compiled apart; null where nothing has to be compiled. */
function packageOf(file) {
  const [group, name] = file.split('/');
  if (group === 'tools' && isSource(file)) return 'tools';
  if ((group !== 'apps' && group !== 'packages') || name === undefined) return null;
  return isSource(file) || file.endsWith('.json') || file.endsWith('.graphql') ? `${group}/${name}` : null;
}

/** The files that a test imports, without what an import of "./x.js" stands for: x.ts, x.tsx or x/index.ts. */
function importedBy(test, text) {
  const found = text.matchAll(/(?:from|import|mock|requireActual)\s*\(?\s*'(\.{1,2}\/[^']+)'/g);
  return [...found].map(([, specifier]) => posix.join(posix.dirname(test), specifier).replace(/\.js$/, ''));
}

const withoutEnding = (file) => file.replace(/(?:\.d)?\.[cm]?[jt]sx?$/, '');

/**
 * changed: files that are new or differ; removed: files that are gone; tests: every test of the repository with its
 * text. Chosen are the tests that changed, that stand beside a changed file, that import one, or that are about one by
 * the table above. packages: the folder of each package with those of the packages that it uses.
 */
export function choose({ changed, removed, tests, packages }) {
  const touched = [...changed, ...removed];
  const places = new Set(touched.filter(isSource).map(withoutEnding));
  const about = new Set(ABOUT.flatMap(([files, test]) => (touched.some((file) => files.test(file)) ? [test] : [])));
  const concerned = tests.filter(
    ({ file, text }) =>
      changed.includes(file) ||
      about.has(file) ||
      places.has(withoutEnding(file).replace(/\.test$/, '')) ||
      importedBy(file, text).some((place) => places.has(place)),
  );
  const names = concerned.map(({ file }) => file);
  const all = touched.some((file) => SHARED.has(file));
  const compiled = new Set(all ? [...Object.keys(packages), 'tools'] : touched.map(packageOf));
  // What a package exports may no longer fit those that use it.
  for (const [name, uses] of Object.entries(packages)) if (uses.some((used) => compiled.has(used))) compiled.add(name);
  return {
    format: changed.length > ALL_FROM ? ['.'] : changed,
    lint: changed.filter(isWritten).length > ALL_FROM ? ['.'] : changed.filter(isWritten),
    types: [...compiled].filter((name) => name !== null && (name === 'tools' || name in packages)).sort(),
    tests: names.filter((file) => !isJourney(file)),
    journeys: names.filter(isJourney),
  };
}
