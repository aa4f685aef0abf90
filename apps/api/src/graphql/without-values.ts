/** "Int cannot represent non-integer value", of "Int cannot represent non-integer value: "sk-…"". */
const QUOTES_VALUE = /^((?:Enum "\w+"|\w+) cannot represent [\w -]+?)(?::[^]*)?$/;
const NOT_IN_ENUM = /^Value "[^]*" does not exist in "(\w+)" enum\.[^]*$/;
const FOUND = /^(Expected (?:value of )?type "[^"]+"), found (?!null)[^]*$/;
/** What a document had in place of what was expected. The caller wrote it. */
const UNEXPECTED_TOKEN = /\b(String|BlockString|Int|Float|Name) "[^]*"/;
/** Longer than any name of the schema, or begun like a key. */
const LIKE_A_KEY = /"[$@]?(?:\w{41,}|(?:sk|pk|rk|ilm|gsk|hf|xai|api|key|token|secret|bearer)[_-]\w{6,})"/gi;
const LONGEST = 500;

/**
 * The message of graphql-js about a document, without the values that it quotes. A key that was given in the wrong
 * place, as a number, an enum value or a name, must be neither in the answer nor in the log.
 */
export function withoutValues(message: string): string {
  const told = message
    .replace(QUOTES_VALUE, '$1.')
    .replace(NOT_IN_ENUM, 'The value does not exist in the enum "$1".')
    .replace(FOUND, '$1, found another value.')
    .replace(UNEXPECTED_TOKEN, '$1')
    .replace(LIKE_A_KEY, '"…"');
  return told.length > LONGEST ? `${told.slice(0, LONGEST)}…` : told;
}

/** Whether `withoutValues` removes a name. */
export const isLikeAKey = (name: string): boolean => `"${name}"`.search(LIKE_A_KEY) !== -1;
