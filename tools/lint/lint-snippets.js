// Reads [{ file, code }] as JSON from standard input and prints, for each, the ids of the rules that the repository's
// own ESLint configuration reports for it. The files need not exist, so rules that need types are left out. A process
// of its own, because Jest cannot load eslint.config.js, an ES module that ESLint imports by itself.
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ESLint } from 'eslint';

const root = join(import.meta.dirname, '../..');
const untyped = new Set([
  'house/import-directions',
  'house/no-kind-names',
  'house/no-literal-spread',
  'no-console',
  'no-restricted-globals',
  'no-restricted-properties',
  '@typescript-eslint/no-restricted-imports',
  '@typescript-eslint/no-explicit-any',
]);

const eslint = new ESLint({
  cwd: root,
  overrideConfig: { languageOptions: { parserOptions: { projectService: false, project: null } } },
  ruleFilter: ({ ruleId }) => untyped.has(ruleId),
});

const snippets = JSON.parse(await text(process.stdin));
const found = [];
for (const { file, code } of snippets) {
  const [result] = await eslint.lintText(`${code}\n`, { filePath: join(root, file) });
  found.push(result.messages.map(({ ruleId, message }) => ruleId ?? message));
}
process.stdout.write(JSON.stringify(found));
