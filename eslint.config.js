import eslint from '@eslint/js';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import { importX } from 'eslint-plugin-import-x';
import jsxA11y from 'eslint-plugin-jsx-a11y';
import reactHooks from 'eslint-plugin-react-hooks';
import globals from 'globals';
import tseslint from 'typescript-eslint';
import { importDirections } from './tools/lint/import-directions.js';
import { noKindNames } from './tools/lint/no-kind-names.js';
import { noLiteralSpread } from './tools/lint/no-literal-spread.js';

const typescript = ['**/*.ts', '**/*.tsx'];
const tests = ['**/*.test.ts', '**/*.test.tsx', 'apps/*/{test,e2e,bench}/**', 'apps/admin/src/testing/**', 'tools/**'];
const product = ['packages/{providers,simulator}/src/**/*.ts', 'apps/api/src/**/*.ts'];
const simulator = 'packages/simulator/src/**';

/** Commands: standard output is their user interface. */
const commands = ['apps/api/src/demo.ts', 'packages/simulator/src/cli.ts', 'apps/api/bench/**', 'tools/**'];

/** The places that open connections to endpoints, all under one address policy. */
const outbound = ['packages/providers/src/http.ts', 'packages/providers/src/outbound/**', 'apps/api/src/gateway/**'];

const outboundReason =
  'Outbound HTTP exists in packages/providers/src/http.ts and in the gateway only: one address policy.';
const outboundModules = [
  { name: 'undici', allowTypeImports: true, message: outboundReason },
  ...['node:http', 'http', 'node:https', 'https', 'node:http2'].map((name) => ({
    name,
    importNames: ['default', 'request', 'get', 'connect', 'Agent', 'ClientRequest'],
    allowTypeImports: true,
    message: outboundReason,
  })),
  ...['node:net', 'net', 'node:tls', 'tls'].map((name) => ({
    name,
    importNames: ['default', 'connect', 'createConnection', 'Socket', 'TLSSocket'],
    allowTypeImports: true,
    message: outboundReason,
  })),
];
const environmentModules = ['node:process', 'process'].map((name) => ({
  name,
  importNames: ['env', 'default'],
  message: 'process.env is read in apps/api/src/config.ts only.',
}));
const transports = [
  'graphql',
  'type-graphql',
  '@apollo/*',
  'graphql-ws',
  'fastify',
  '@fastify/*',
  '@as-integrations/*',
];

const restrictedImports = (paths, patterns = []) => ({
  '@typescript-eslint/no-restricted-imports': ['error', { paths, patterns }],
});

export default tseslint.config(
  {
    ignores: ['**/dist/', '**/data/', '**/coverage/', '**/.turbo/', 'packages/schema/src/generated/', 'docs/'],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  eslint.configs.recommended,
  {
    rules: {
      // The width of code is Prettier's business, which leaves comments alone.
      'max-len': ['error', { code: 10_000, comments: 120, ignoreUrls: true, ignorePattern: 'eslint-disable' }],
      'max-lines': ['error', { max: 300 }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
    },
  },
  // A component is its markup too.
  {
    files: ['**/*.tsx'],
    rules: { 'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }] },
  },
  // The first migration is the list of all tables.
  { files: ['apps/api/src/database/migrations/*-initial.ts'], rules: { 'max-lines-per-function': 'off' } },
  // A test's `describe` is one function.
  { files: tests, rules: { 'max-lines': ['error', { max: 500 }], 'max-lines-per-function': 'off' } },
  { languageOptions: { globals: globals.node } },
  {
    files: typescript,
    extends: [tseslint.configs.strictTypeChecked, importX.flatConfigs.typescript],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: {
      'import-x': importX,
      house: {
        rules: {
          'import-directions': importDirections,
          'no-kind-names': noKindNames,
          'no-literal-spread': noLiteralSpread,
        },
      },
    },
    settings: {
      'import-x/resolver-next': [
        createTypeScriptImportResolver({
          project: ['packages/*/tsconfig.json', 'apps/*/tsconfig.json'],
          noWarnOnMultipleProjects: true,
        }),
      ],
    },
    rules: {
      'house/import-directions': 'error',
      'house/no-kind-names': 'error',
      'house/no-literal-spread': 'error',
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'import-x/order': [
        'error',
        {
          groups: ['builtin', 'external', 'internal', ['parent', 'sibling', 'index']],
          pathGroups: [{ pattern: '@intrallm/**', group: 'internal' }],
          pathGroupsExcludedImportTypes: ['builtin'],
          alphabetize: { order: 'asc', caseInsensitive: true },
          'newlines-between': 'ignore',
        },
      ],
      'import-x/no-duplicates': ['error', { 'prefer-inline': true }],
      'no-console': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'process.env is read in apps/api/src/config.ts only.' },
      ],
      ...restrictedImports(environmentModules),
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // What strictTypeChecked also brings, and what does not earn its keep here.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidOperator: true },
      ],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      // Entities and GraphQL types are records: classes only because decorators need one. They are spread and written
      // as literals.
      '@typescript-eslint/no-misused-spread': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: product,
    ignores: tests,
    rules: {
      ...restrictedImports([...environmentModules, ...outboundModules]),
      'no-restricted-globals': [
        'error',
        ...['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest'].map((name) => ({ name, message: outboundReason })),
      ],
    },
  },
  {
    files: ['apps/api/src/**/*.service.ts'],
    rules: restrictedImports(
      [...environmentModules, ...outboundModules],
      [
        {
          group: transports,
          message: 'A service knows neither GraphQL nor HTTP: the resolver or the route translates.',
        },
      ],
    ),
  },
  {
    files: [...outbound, simulator],
    rules: restrictedImports(environmentModules),
  },
  {
    files: ['apps/api/src/config.ts', 'apps/*/vite.config.ts', ...tests],
    rules: {
      'no-restricted-properties': 'off',
      '@typescript-eslint/no-restricted-imports': 'off',
    },
  },
  { files: commands, rules: { 'no-console': 'off' } },
  {
    // Tests read JSON answers without parsing them into types first: a wrong shape fails the test by itself.
    files: tests,
    rules: {
      'house/no-kind-names': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['apps/admin/**/*.ts', 'apps/admin/**/*.tsx'],
    extends: [jsxA11y.flatConfigs.strict, reactHooks.configs.flat['recommended-latest']],
    languageOptions: { globals: globals.browser },
  },
);
