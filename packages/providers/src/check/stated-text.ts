import type { DiscoveredModel } from '../provider.js';

// What servers tell is kept and shown, so it has to fit into every database and every GraphQL type: PostgreSQL has no
// NUL, UTF-8 has no half of a surrogate pair, and an Int of GraphQL ends at 2^31 - 1.

const MAX_ID_CHARACTERS = 512;
const MAX_TEXT_CHARACTERS = 512;
const MAX_TOKENS = 2 ** 31 - 1;
const UNUSABLE = /[\0\p{Cs}]/u;

/** Whether a model can be kept and called under the id. */
export const isUsableId = (id: string): boolean =>
  id.trim() !== '' && id.length <= MAX_ID_CHARACTERS && !UNUSABLE.test(id);

/** The text, or null where it could not be kept as it is: then it counts as not told. */
export function statedText(text: string | null): string | null {
  return text !== null && text.length <= MAX_TEXT_CHARACTERS && !UNUSABLE.test(text) ? text : null;
}

export function statedModel(model: DiscoveredModel): DiscoveredModel {
  const { contextLength } = model;
  const isLength = Number.isInteger(contextLength) && Number(contextLength) <= MAX_TOKENS;
  return {
    ...model,
    ownedBy: statedText(model.ownedBy),
    contextLength: isLength ? contextLength : null,
    family: statedText(model.family),
    parameterSize: statedText(model.parameterSize),
    quantization: statedText(model.quantization),
  };
}
