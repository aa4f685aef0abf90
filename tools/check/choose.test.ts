import { describe, expect, it } from '@jest/globals';
import { choose, chooseBase } from './choose.js';

const test = (file: string, ...imports: string[]) => ({
  file,
  text: imports.map((specifier) => `import { thing } from '${specifier}';`).join('\n'),
});

const tests = [
  test('apps/api/src/auth/passwords.test.ts', './passwords.js', '../errors.js'),
  test('apps/api/src/auth/credentials.test.ts', './credentials.js'),
  test('apps/api/test/sign-in.journey.test.ts', '../src/auth/passwords.js'),
  test('apps/admin/src/features/sign-in/sign-in-page.test.tsx', './sign-in-page.js'),
  test('tools/documents.test.ts'),
  test('tools/settings.test.ts'),
];

const packages = {
  'packages/providers': [],
  'packages/schema': [],
  'apps/api': ['packages/providers'],
  'apps/admin': ['packages/schema'],
};

const chosen = (changed: string[], removed: string[] = []) => choose({ changed, removed, tests, packages });

describe('what npm run check compares with', () => {
  const mains = ['main', 'origin/main'];

  it.each([
    ['a branch with main', { branch: 'topic', upstream: 'origin/topic', mains }, { commit: 'main', fromFork: true }],
    [
      'a branch that main was never checked out beside',
      { branch: 'topic', upstream: null, mains: ['origin/main'] },
      { commit: 'origin/main', fromFork: true },
    ],
    ['no branch, as in CI', { branch: null, upstream: null, mains }, { commit: 'main', fromFork: true }],
    ['main that follows another one', { branch: 'main', upstream: 'origin/main', mains }, { commit: 'origin/main' }],
    ['main alone', { branch: 'main', upstream: null, mains: ['main'] }, { commit: 'HEAD' }],
    ['no main anywhere', { branch: 'trunk', upstream: null, mains: [] }, { commit: 'HEAD' }],
  ])('%s', (_name, given, expected) => {
    expect(chooseBase(given)).toEqual(expected);
  });
});

describe('what npm run check looks at', () => {
  it('takes the test beside a changed file and those that import it, and names journeys apart', () => {
    expect(chosen(['apps/api/src/auth/passwords.ts'])).toEqual({
      format: ['apps/api/src/auth/passwords.ts'],
      lint: ['apps/api/src/auth/passwords.ts'],
      types: ['apps/api'],
      tests: ['apps/api/src/auth/passwords.test.ts'],
      journeys: ['apps/api/test/sign-in.journey.test.ts'],
    });
    expect(chosen(['apps/api/src/errors.ts']).tests).toEqual(['apps/api/src/auth/passwords.test.ts']);
    expect(chosen(['apps/admin/src/features/sign-in/sign-in-page.tsx']).tests).toEqual([
      'apps/admin/src/features/sign-in/sign-in-page.test.tsx',
    ]);
  });

  it('takes a changed test itself', () => {
    expect(chosen(['apps/api/src/auth/credentials.test.ts']).tests).toEqual(['apps/api/src/auth/credentials.test.ts']);
  });

  it('runs the tests of a file that is gone, and neither formats nor lints it', () => {
    expect(chosen([], ['apps/api/src/auth/credentials.ts'])).toEqual({
      format: [],
      lint: [],
      types: ['apps/api'],
      tests: ['apps/api/src/auth/credentials.test.ts'],
      journeys: [],
    });
  });

  it('formats what is no code, and runs the tests that are about it', () => {
    expect(chosen(['docs/settings.md'])).toEqual({
      format: ['docs/settings.md'],
      lint: [],
      types: [],
      tests: ['tools/documents.test.ts', 'tools/settings.test.ts'],
      journeys: [],
    });
  });

  it('lints no generated code, and compiles it', () => {
    const { lint, types } = chosen(['packages/schema/src/generated/graphql.ts']);
    expect([lint, types]).toEqual([[], ['apps/admin', 'packages/schema']]);
  });

  it('compiles with a package those that use it', () => {
    expect(chosen(['packages/providers/src/streams.ts']).types).toEqual(['apps/api', 'packages/providers']);
  });

  it('compiles nothing of a package that is gone', () => {
    expect(chosen([], ['packages/old/src/index.ts']).types).toEqual([]);
  });

  it('compiles everything where what everything is compiled with changed', () => {
    expect(chosen(['tsconfig.base.json', 'tools/lint/import-directions.js']).types).toEqual([
      'apps/admin',
      'apps/api',
      'packages/providers',
      'packages/schema',
      'tools',
    ]);
  });

  it('formats and lints everything rather than more files than a command line holds', () => {
    const { format, lint } = chosen(Array.from({ length: 301 }, (_, index) => `apps/api/src/many/${String(index)}.ts`));
    expect([format, lint]).toEqual([['.'], ['.']]);
  });
});
