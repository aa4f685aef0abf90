import type { ConnectionDetails_modelFragment, ModelCapability } from '@intrallm/schema';

export type DetailedModel = ConnectionDetails_modelFragment;

export const CAPABILITIES: readonly ModelCapability[] = [
  'CHAT',
  'COMPLETION',
  'EMBEDDING',
  'VISION',
  'TOOLS',
  'THINKING',
  'AUDIO',
  'IMAGE',
  'RERANK',
];

/** A capability as a word; one that this app does not know yet in its own spelling. */
export function capabilityWord(capability: string): string {
  return capability.toLowerCase().replaceAll('_', ' ');
}

/** What is known of a model's capabilities; null: nothing is known, which is not the same as none. */
export function capabilitiesInWords({ capabilities }: Pick<DetailedModel, 'capabilities'>): string | null {
  if (capabilities === null) return null;
  return capabilities.length === 0 ? 'none' : capabilities.map(capabilityWord).join(', ');
}

/** False only where it is stated that the model does something else: unknown may well be chat. */
export function mayChat({ capabilities }: Pick<DetailedModel, 'capabilities'>): boolean {
  return capabilities === null || capabilities.includes('CHAT');
}

const trim = (value: number): string => value.toFixed(1).replace(/\.0$/, '');

/** A context length as people say it: 32768 is "32k", 1,000,000 is "1M". */
export function formatContext(tokens: number): string {
  const unit = tokens % 1024 === 0 ? 1024 : 1000;
  if (tokens >= unit * unit) return `${trim(tokens / (unit * unit))}M`;
  return tokens >= 1000 ? `${trim(tokens / unit)}k` : String(tokens);
}

/** A size in decimal units: "4.7 GB". */
export function formatBytes(bytes: number): string {
  if (bytes >= 1e9) return `${trim(bytes / 1e9)} GB`;
  return bytes >= 1e6 ? `${trim(bytes / 1e6)} MB` : `${trim(bytes / 1e3)} kB`;
}

/** The numbers of a model in one quiet line: "32k · 7.6B · Q4_K_M · 4.7 GB". What is not told is left out. */
export function factsOf(model: DetailedModel): string {
  return [
    model.contextLength === null ? null : formatContext(model.contextLength),
    model.parameterSize,
    model.quantization,
    model.sizeBytes === null || model.sizeBytes === 0 ? null : formatBytes(model.sizeBytes),
  ]
    .filter(Boolean)
    .join(' · ');
}

/** What is special about a model right now. Nothing for one that is simply there. */
export type ModelMark = 'loaded' | 'gone' | 'unavailable' | 'shadowed';

export function marksOf(model: DetailedModel): ModelMark[] {
  if (model.vanishedAt !== null) return ['gone'];
  return [
    ...(model.loaded ? (['loaded'] as const) : []),
    ...(model.shadowed ? (['shadowed'] as const) : []),
    ...(model.available ? [] : (['unavailable'] as const)),
  ];
}
