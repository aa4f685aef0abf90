import { join } from 'node:path';

// One Jest for the whole repository: `npm test` runs every project, `npx jest --selectProjects api` one of them.
// Sources are ES modules; Jest gets them as CommonJS from swc (docs/decisions/0001-module-format-and-jest.md says why).
const swc = (options = {}) => [
  '@swc/jest',
  {
    jsc: {
      target: 'es2023',
      parser: { syntax: 'typescript', tsx: true, decorators: true },
      transform: {
        legacyDecorator: true,
        decoratorMetadata: false,
        useDefineForClassFields: false,
        react: { runtime: 'automatic' },
      },
      ...options,
    },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  },
];

const file = (path) => join(import.meta.dirname, path);

const shared = {
  transform: { '^.+\\.(t|j|mj)sx?$': swc() },
  // Packages that are ES modules only: Jest 30 on Node 20 cannot require them.
  transformIgnorePatterns: ['/node_modules/(?!(content-disposition)/)'],
  // "./x.js" in an import is the file x.ts; our own packages are read from their sources.
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^@intrallm/providers$': file('packages/providers/src/index.ts'),
    '^@intrallm/simulator$': file('packages/simulator/src/index.ts'),
    '^@intrallm/schema$': file('packages/schema/src/index.ts'),
  },
  injectGlobals: false,
};

const project = (name, rootDir, more = {}) => ({
  ...shared,
  displayName: name,
  rootDir,
  testEnvironment: 'node',
  testMatch: ['<rootDir>/src/**/*.test.ts', '<rootDir>/test/**/*.test.ts'],
  ...more,
});

export default {
  projects: [
    project('repository', '<rootDir>/tools', { testMatch: ['<rootDir>/**/*.test.ts'] }),
    project('providers', '<rootDir>/packages/providers'),
    project('simulator', '<rootDir>/packages/simulator'),
    project('schema', '<rootDir>/packages/schema'),
    project('api', '<rootDir>/apps/api', {
      globalSetup: file('apps/api/test/support/postgres/postgres-setup.js'),
      globalTeardown: file('apps/api/test/support/postgres/postgres-teardown.js'),
    }),
    project('admin', '<rootDir>/apps/admin', {
      testEnvironment: 'jsdom',
      setupFiles: [file('apps/admin/src/testing/jsdom.ts')],
      moduleNameMapper: { ...shared.moduleNameMapper, '\\.css$': file('apps/admin/src/testing/style-sheet.ts') },
      testMatch: ['<rootDir>/src/**/*.test.ts', '<rootDir>/src/**/*.test.tsx'],
    }),
    project('browser', '<rootDir>/apps/admin', { testMatch: ['<rootDir>/e2e/**/*.test.ts'] }),
  ],
  testTimeout: 60_000,
  maxWorkers: 2,
};
