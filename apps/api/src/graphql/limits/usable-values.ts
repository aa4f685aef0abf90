import { AppError, badInput } from '../../errors.js';

/**
 * Values of all variables of a request together, in lists and objects too: reading them costs as much as they are many.
 */
const MAX_VALUES = 60_000;
const HALF_A_PAIR = /\p{Cs}/u;

/**
 * Refuses variables that are too many, and texts that are none: half of a surrogate pair is no character, and no
 * database stores it. Throws QUERY_TOO_EXPENSIVE, or BAD_USER_INPUT naming the variable and the place in it.
 */
export function requireUsableValues(variables: unknown): void {
  const waiting: { readonly value: unknown; readonly path: string }[] = [{ value: variables, path: '' }];
  let count = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, path } = next;
    if (typeof value === 'string' && HALF_A_PAIR.test(value)) throw malformed(path);
    if (typeof value !== 'object' || value === null) continue;
    for (const [name, held] of Object.entries(value)) {
      count += 1;
      if (count > MAX_VALUES) throw tooMany();
      if (HALF_A_PAIR.test(name)) throw malformed(path);
      // A path of each of many values would take more than the values do.
      if (typeof held === 'string' ? HALF_A_PAIR.test(held) : typeof held === 'object' && held !== null) {
        waiting.push({ value: held, path: path.length > 200 ? path : path === '' ? name : `${path}.${name}` });
      }
    }
  }
}

function malformed(path: string): AppError {
  const message = 'This text has half of a surrogate pair in it, which is no character. Send it as UTF-8.';
  return badInput([{ field: path === '' ? 'variables' : path, message }]);
}

const tooMany = (): AppError =>
  new AppError('QUERY_TOO_EXPENSIVE', `Use at most ${MAX_VALUES.toLocaleString('en-US')} values in variables.`, {
    field: 'variables',
  });
