/** The parts of a document that differ by their number alone. */
export const times = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => make(i)).join(' ');

/** Documents that a stranger may send to cost the server time. Each is refused. */
export const HOSTILE_DOCUMENTS: readonly (readonly [what: string, query: string])[] = [
  ['nested lists', `{ models(filter: { search: ${'['.repeat(1_900)}${']'.repeat(1_900)} }) { id } }`],
  ['nested fields', `${'{ a '.repeat(1_300)}${'} '.repeat(1_300)}`],
  ['one field many times', `{ models { ${'id '.repeat(3_900)} } }`],
  ['one unknown field many times', `{ nobody { ${'x '.repeat(3_900)} } }`],
  ['aliases of one name', `{ models { ${times(1_300, () => 'a: id')} } }`],
  [
    'fragments in a circle',
    `{ ...f0 } ${times(90, (i) => `fragment f${String(i)} on Query { ...f${String((i + 1) % 90)} ...f${String((i * 7) % 90)} }`)}`,
  ],
  ['unused fragments of many fields', times(60, (i) => `fragment f${String(i)} on Model { ${'id '.repeat(50)} }`)],
  ['many operations', times(900, (i) => `query q${String(i)} { me }`)],
  ['many directives', `{ me { id ${'@include(if: true) '.repeat(600)} } }`],
  ['many variables', `query (${times(900, (i) => `$v${String(i)}: Int`)}) { me { id } }`],
  ['unknown arguments', `{ models(${times(1_000, (i) => `x${String(i)}: 1`)}) { id } }`],
  ['a long text', `{ models(filter: { search: "${'x'.repeat(99_000)}" }) { id } }`],
  ['a very long text', `{ models(filter: { search: "${'x'.repeat(300_000)}" }) { id } }`],
  ['too many tokens', `{ ${'a '.repeat(100_000 / 2 - 10)} }`],
  [
    'introspection in introspection',
    `{ __schema { types { fields { type { fields { type { fields { name type { name } } } } } } } } }`,
  ],
  [
    'introspection under many aliases',
    `{ ${times(9, (i) => `s${String(i)}: __schema { types { name fields { name args { name type { name } } type { name kind ofType { name } } } } }`)} }`,
  ],
];
