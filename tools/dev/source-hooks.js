// Runs the API from its TypeScript sources: nothing has to be built, and `node --watch` sees every file that is
// imported. Types are not checked here; the editor and `npm run check` do that.
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transform } from '@swc/core';

const packages = join(import.meta.dirname, '../../packages');
const ours = /^@intrallm\/([^/]+)(\/.+)?$/;

const options = {
  module: { type: 'es6' },
  sourceMaps: 'inline',
  jsc: {
    target: 'es2023',
    parser: { syntax: 'typescript', decorators: true },
    transform: {
      legacyDecorator: true,
      decoratorMetadata: false,
      useDefineForClassFields: false,
      verbatimModuleSyntax: true,
    },
  },
};

/** The source of what a package of ours exports: `./dist/x.js` in its package.json is built from `./src/x.ts`. */
function sourceOf(name, part) {
  const { exports } = JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8'));
  const built = exports[part === undefined ? '.' : `.${part}`]?.default;
  return built === undefined
    ? null
    : join(packages, name, built.replace(/^\.\/dist\//, 'src/').replace(/\.js$/, '.ts'));
}

export async function resolve(specifier, context, next) {
  const [, name, part] = ours.exec(specifier) ?? [];
  const source = name === undefined ? null : sourceOf(name, part);
  if (source !== null) return next(pathToFileURL(source).href, context);
  if (specifier.startsWith('.') && context.parentURL?.endsWith('.ts')) {
    return next(specifier.replace(/\.js$/, '.ts'), context);
  }
  return next(specifier, context);
}

export async function load(url, context, next) {
  if (!url.endsWith('.ts') || url.includes('/node_modules/')) return next(url, context);
  const filename = fileURLToPath(url);
  const { code } = await transform(await readFile(filename, 'utf8'), { ...options, filename });
  return { format: 'module', source: code, shortCircuit: true };
}
