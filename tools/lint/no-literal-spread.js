/**
 * ESLint rule: an object or array literal is not spread into another. `{ ...{ a, b }, c }` means `{ a, b, c }`, but the
 * compiler does not report a misspelt property in the inner literal.
 */
export const noLiteralSpread = {
  meta: {
    type: 'suggestion',
    fixable: 'code',
    schema: [],
    messages: { literal: 'Write the properties out: a literal that is spread hides misspelt ones from the compiler.' },
  },
  create(context) {
    const { sourceCode } = context;

    /** The text between the literal's brackets, without a last comma. */
    const contentOf = (literal) => sourceCode.getText(literal).slice(1, -1).trim().replace(/,$/, '');

    /** `{...{ a, b: 1 }}` of an element, as attributes; null where a property cannot be one. */
    function attributesOf(literal) {
      const attributes = literal.properties.map((property) => {
        if (property.type === 'SpreadElement') return `{${sourceCode.getText(property)}}`;
        if (property.computed || property.method || property.key.type !== 'Identifier') return null;
        return `${property.key.name}={${sourceCode.getText(property.value)}}`;
      });
      return attributes.includes(null) ? null : attributes.join(' ');
    }

    const report = (node, replacement) => {
      const isFixable = replacement !== null && replacement !== '' && sourceCode.getCommentsInside(node).length === 0;
      context.report({
        node,
        messageId: 'literal',
        fix: isFixable ? (fixer) => fixer.replaceText(node, replacement) : null,
      });
    };

    return {
      'ObjectExpression > SpreadElement > ObjectExpression': (literal) => report(literal.parent, contentOf(literal)),
      'ArrayExpression > SpreadElement > ArrayExpression': (literal) => report(literal.parent, contentOf(literal)),
      'JSXSpreadAttribute > ObjectExpression': (literal) => report(literal.parent, attributesOf(literal)),
    };
  },
};
