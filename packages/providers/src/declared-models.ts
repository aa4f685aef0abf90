import type { DiscoveredModel } from './provider.js';

const UNKNOWN = {
  ownedBy: null,
  capabilities: null,
  contextLength: null,
  family: null,
  parameterSize: null,
  quantization: null,
  sizeBytes: null,
  loaded: null,
} as const;

/** What an administrator says is served, each once, without what the endpoint lists itself. */
export function declaredModels(
  ids: readonly string[],
  listed: { has(id: string): boolean } = new Set(),
): DiscoveredModel[] {
  return [...new Set(ids)]
    .filter((id) => !listed.has(id))
    .map((upstreamId) => ({ ...UNKNOWN, upstreamId, declared: true }));
}
