import { OLLAMA } from '../ollama/kind.js';
import { OPENAI } from '../openai/kind.js';
import type { KindSpec } from './kind-spec.js';

/** The kinds of endpoints, in the order of lists. Each has its adapter in adapters.ts. */
export const KINDS = { OPENAI, OLLAMA } as const satisfies Readonly<Record<string, KindSpec>>;

/** Which API an endpoint speaks: the OpenAI format or Ollama's own. Fixed for the life of a connection. */
export type EndpointKind = keyof typeof KINDS;

export const ENDPOINT_KINDS = Object.keys(KINDS) as readonly EndpointKind[];

/** What sets this kind apart from the others. */
export const kindSpec = (kind: EndpointKind): KindSpec => KINDS[kind];
