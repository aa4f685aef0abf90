// Which part of the house may import which: the table of CONTRIBUTING.md as an ESLint rule. It reads paths alone, so it
// holds for folders that do not exist yet, and for types as much as for values.
import { dirname, join, relative, resolve, sep } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** Packages of ours that a package's own product code may name. */
const packages = {
  'apps/admin': ['packages/schema'],
  'apps/api': ['packages/providers'],
  'packages/providers': [],
  'packages/simulator': [],
  'packages/schema': [],
};

/** The parts of apps/api/src, highest first. A part imports from its own row and from the rows below it. */
const apiRows = [
  ['main', 'start-problem', 'set-up-link', 'demo', 'emit-schema'],
  ['app'],
  ['graphql', 'http'],
  ['monitor', 'gateway', 'usage', 'models', 'connections', 'auth', 'audit'],
  ['describe-error', 'database', 'events', 'secrets'],
  ['config', 'errors', 'log', 'process-failure', 'clock', 'metrics', 'lib'],
];

/**
 * Among the domains a row is not enough. The audit log's resolver asks auth who may read it, as every resolver does;
 * auth in turn may write entries: `import-x/no-cycle` keeps that pair free of circles.
 */
const domains = {
  monitor: ['models', 'connections', 'auth', 'audit'],
  gateway: ['models', 'connections', 'auth', 'audit'],
  usage: ['models', 'connections', 'auth', 'audit'],
  models: ['connections', 'auth', 'audit'],
  connections: ['auth', 'audit'],
  auth: ['audit'],
  audit: ['auth'],
};

/** The parts of apps/admin/src, highest first. */
const adminRows = [['main'], ['app'], ['features'], ['components', 'lib']];

/** Product code that starts simulated endpoints, because showing them is what it is for. */
const simulatorUsers = ['apps/api/src/demo.ts'];

const isTestCode = (path) => /\.test\.tsx?$/.test(path) || /^apps\/[^/]+\/(test|e2e|bench|src\/testing)\//.test(path);

/** Where a path of the repository stands: its package, and the first two folders (or the file) below src. */
function place(path) {
  const [group, name, folder, ...rest] = path.split('/');
  const parts = folder === 'src' ? rest.map((part) => part.replace(/(\.d)?\.[jt]sx?$/, '')) : [];
  return { package: `${group}/${name}`, inSource: folder === 'src', unit: parts[0], part: parts[1] };
}

function target(specifier, file) {
  const [, name] = /^@intrallm\/([^/]+)/.exec(specifier) ?? [];
  if (name !== undefined) return Object.keys(packages).find((path) => path.endsWith(`/${name}`)) ?? `packages/${name}`;
  if (!specifier.startsWith('.')) return null;
  return relative(root, resolve(dirname(file), specifier))
    .split(sep)
    .join('/');
}

const rowOf = (rows, unit) => rows.findIndex((row) => row.includes(unit));

function judgeApi(from, to) {
  const [fromRow, toRow] = [rowOf(apiRows, from.unit), rowOf(apiRows, to.unit)];
  if (fromRow < 0 || toRow < 0)
    return `"${fromRow < 0 ? from.unit : to.unit}" has no place in tools/lint/import-directions.js`;
  if (toRow < fromRow) return `"${from.unit}" must not know "${to.unit}", which stands above it`;
  const allowed = domains[from.unit];
  if (allowed && domains[to.unit] && !allowed.includes(to.unit)) {
    return `"${from.unit}" must not know its neighbour "${to.unit}": state what is needed as an interface, and let app/domains.ts pass it`;
  }
  return null;
}

function judgeAdmin(from, to) {
  const [fromRow, toRow] = [rowOf(adminRows, from.unit), rowOf(adminRows, to.unit)];
  if (fromRow < 0 || toRow < 0)
    return `"${fromRow < 0 ? from.unit : to.unit}" has no place in tools/lint/import-directions.js`;
  if (toRow < fromRow) return `"${from.unit}" must not know "${to.unit}", which stands above it`;
  if (from.unit === 'features' && to.unit === 'features' && from.part !== to.part) {
    return `the feature "${from.part}" must not know the feature "${to.part}": the app composes them, shared code is in components and lib`;
  }
  return null;
}

/**
 * Says why `file` must not import `specifier`, or null where it may.
 * Tests may reach into any part of their own package; tests of an app also into the packages.
 */
function judge(file, specifier) {
  const source = relative(root, file).split(sep).join('/');
  const path = target(specifier, file);
  if (path === null) return null;
  const [from, to] = [place(source), place(path)];
  if (from.package === to.package) {
    if (from.unit === to.unit && from.part === to.part) return null;
    if (isTestCode(source)) return null;
    if (from.inSource && !to.inSource) return `product code must not import "${path}", which lies outside src`;
    if (!from.inSource) return null;
    if (from.package === 'apps/api' && from.unit !== to.unit) return judgeApi(from, to);
    if (from.package === 'apps/admin') return judgeAdmin(from, to);
    return null;
  }
  const allowed = packages[from.package];
  if (allowed === undefined) return null;
  if (specifier.startsWith('.')) return `import another package by its name, not as "${specifier}"`;
  if (isTestCode(source) && from.package.startsWith('apps/') && to.package.startsWith('packages/')) return null;
  if (to.package === 'packages/simulator') {
    if (isTestCode(source) || simulatorUsers.includes(source)) return null;
    return 'the simulator is for tests, demo and bench, not for the product';
  }
  if (!allowed.includes(to.package)) return `${from.package} must not know ${to.package}`;
  return null;
}

/** ESLint rule: reports each import, re-export and `import()` that `judge` refuses. */
export const importDirections = {
  meta: { type: 'problem', schema: [], messages: { direction: '{{reason}}.' } },
  create(context) {
    const check = (node) => {
      const literal = node?.type === 'TSLiteralType' ? node.literal : node;
      if (typeof literal?.value !== 'string') return;
      const reason = judge(context.filename, literal.value);
      if (reason !== null) context.report({ node: literal, messageId: 'direction', data: { reason } });
    };
    return {
      ImportDeclaration: (node) => check(node.source),
      ExportNamedDeclaration: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
      ImportExpression: (node) => check(node.source),
      TSImportType: (node) => check(node.source ?? node.argument),
    };
  },
};
