// What is done differently for one kind of endpoint stands in the record of that kind, so that a further kind is a
// further record and no search through the house.
import { readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

const root = join(import.meta.dirname, '../..');
const list = 'packages/providers/src/kinds/kinds.ts';

function readKinds() {
  const [, names = ''] = /^export const KINDS = \{([^}]*)\}/m.exec(readFileSync(join(root, list), 'utf8')) ?? [];
  const kinds = names.split(',').flatMap((name) => name.trim() || []);
  if (kinds.length === 0) throw new Error(`${list} lists no kinds as "export const KINDS = { … }".`);
  return new Set(kinds);
}

const kinds = readKinds();

/** The kinds' own folders, the list of the kinds, and the admin app's table of them. */
const homes = [
  'packages/providers/src/kinds/',
  ...[...kinds].map((kind) => `packages/providers/src/${kind.toLowerCase()}/`),
  'apps/admin/src/lib/kinds.ts',
];

/** ESLint rule: no comparison with the name of a kind, no `case` of it, no table or list by these names. */
export const noKindNames = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      name: 'Only the folder of {{kind}} knows its name: ask kindSpec (packages/providers/src/kinds), in the admin app lib/kinds.ts.',
    },
  },
  create(context) {
    const file = relative(root, context.filename).split(sep).join('/');
    if (homes.some((home) => file.startsWith(home))) return {};

    const check = (node) => {
      const kind = node?.type === 'Identifier' ? node.name : node?.value;
      if (kinds.has(kind)) context.report({ node, messageId: 'name', data: { kind } });
    };
    const checkLiteral = (node) => node?.type === 'Literal' && check(node);
    return {
      'BinaryExpression[operator=/^[!=]==?$/]': ({ left, right }) => [left, right].forEach(checkLiteral),
      SwitchCase: ({ test }) => checkLiteral(test),
      ArrayExpression: ({ elements }) => elements.forEach(checkLiteral),
      Property: ({ key, computed }) => (computed ? checkLiteral(key) : check(key)),
      TSPropertySignature: ({ key, computed }) => (computed ? checkLiteral(key) : check(key)),
      MemberExpression: ({ property, computed }) => (computed ? checkLiteral(property) : check(property)),
    };
  },
};
