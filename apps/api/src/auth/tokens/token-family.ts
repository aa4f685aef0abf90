import { In } from 'typeorm';
import type { Reader } from '../../database/database.js';
import { ApiToken } from './api-token.entity.js';

/** How many tokens may stand in a row in which each was made by the one before. */
export const MAX_GENERATIONS = 8;

/** The tokens and every token made by them, directly or through others, whoever owns it; each once. */
export async function withDescendants(
  reader: Pick<Reader, 'findBy'>,
  tokens: readonly ApiToken[],
): Promise<readonly ApiToken[]> {
  const family = new Map<string, ApiToken>();
  let generation = tokens;
  while (generation.length > 0) {
    for (const token of generation) family.set(token.id, token);
    const children = await reader.findBy(ApiToken, { parentId: In(generation.map(({ id }) => id)) });
    generation = children.filter(({ id }) => !family.has(id));
  }
  return [...family.values()];
}

/** The token of that id and every token made by it; none where it is gone. */
export async function familyOf(reader: Pick<Reader, 'findBy'>, tokenId: string): Promise<readonly ApiToken[]> {
  return withDescendants(reader, await reader.findBy(ApiToken, { id: tokenId }));
}

/** How many tokens stand in the row that ends with this one: 1 for one that a person made. */
export async function generationOf(reader: Pick<Reader, 'findBy'>, token: ApiToken): Promise<number> {
  let count = 1;
  let { parentId } = token;
  while (parentId !== null && count <= MAX_GENERATIONS) {
    const [parent] = await reader.findBy(ApiToken, { id: parentId });
    count += 1;
    parentId = parent?.parentId ?? null;
  }
  return count;
}
