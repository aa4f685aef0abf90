import type { ModelSeed, Profile } from '../profile.js';
import { modelValues } from '../replies/catalogue.js';
import { textOf } from '../replies/template.js';
import type { JsonObject } from '../reply.js';

/** What an instance knows of one of its models. */
export interface OllamaModel {
  readonly name: string;
  readonly digest: string;
  readonly size: number;
  readonly modifiedAt: string;
  readonly family: string;
  readonly parameterSize: string;
  readonly quantization: string;
  readonly context: number;
  readonly embedding: number;
  readonly capabilities: readonly string[];
  /** Set for a stub whose model runs elsewhere. */
  readonly remoteHost: string | null;
}

const DEFAULTS: JsonObject = {
  size: 2_019_393_189,
  modifiedAt: '2026-11-02T09:15:27.123456789+01:00',
  family: 'llama',
  parameterSize: '3.2B',
  quantization: 'Q4_K_M',
  context: 131_072,
  embedding: 3_072,
  capabilities: ['completion'],
  remoteHost: null,
};

export function toOllamaModel(seed: ModelSeed, profile: Profile): OllamaModel {
  const values: JsonObject = { ...DEFAULTS, ...profile.vars, ...modelValues(seed) };
  const text = (name: string): string => textOf(values[name] ?? null);
  return {
    name: seed.id,
    digest: text('digest'),
    size: Number(values.size),
    modifiedAt: text('modifiedAt'),
    family: text('family'),
    parameterSize: text('parameterSize'),
    quantization: text('quantization'),
    context: Number(values.context),
    embedding: Number(values.embedding),
    capabilities: (values.capabilities as readonly string[] | null) ?? [],
    remoteHost: typeof values.remoteHost === 'string' ? values.remoteHost : null,
  };
}

/** Names match without regard to case, and a missing tag is `latest`. */
export function findModel<T extends { readonly id: string }>(models: readonly T[], name: string): T | undefined {
  const wanted = withTag(name);
  return models.find(({ id }) => withTag(id) === wanted);
}

export function withTag(name: string): string {
  const lower = name.toLowerCase();
  return lower.slice(lower.lastIndexOf('/') + 1).includes(':') ? lower : `${lower}:latest`;
}

function details(model: OllamaModel): JsonObject {
  return {
    parent_model: '',
    format: 'gguf',
    family: model.family,
    families: [model.family],
    parameter_size: model.parameterSize,
    quantization_level: model.quantization,
  };
}

/** An entry of /api/tags. */
export function tag(model: OllamaModel, isPlain: boolean): JsonObject {
  const more = isPlain ? {} : { context_length: model.context, embedding_length: model.embedding };
  return {
    name: model.name,
    model: model.name,
    ...(model.remoteHost === null ? {} : { remote_model: model.name, remote_host: model.remoteHost }),
    modified_at: model.modifiedAt,
    size: model.size,
    digest: model.digest,
    details: { ...details(model), ...more },
    ...(isPlain ? {} : { capabilities: model.capabilities }),
  };
}

/** The answer of /api/show. */
export function show(model: OllamaModel, isEmpty: boolean): JsonObject {
  const { family } = model;
  const info = {
    'general.architecture': family,
    'general.parameter_count': Math.round(Number.parseFloat(model.parameterSize) * 1e9),
    [`${family}.context_length`]: model.context,
    [`${family}.embedding_length`]: model.embedding,
    'tokenizer.ggml.tokens': [],
  };
  return {
    modelfile: `FROM ${model.name}`,
    parameters: 'num_ctx                        8192\nstop                           "<|end|>"',
    template: '{{ .Prompt }}',
    details: details(model),
    model_info: isEmpty ? {} : info,
    capabilities: model.capabilities,
    modified_at: model.modifiedAt,
  };
}

/** An entry of /api/ps. */
export function running(model: OllamaModel, context: number, vramShare: number, expiresAt: string): JsonObject {
  const size = Math.round(model.size * 1.2);
  return {
    name: model.name,
    model: model.name,
    size,
    digest: model.digest,
    details: details(model),
    expires_at: expiresAt,
    size_vram: Math.round(size * vramShare),
    context_length: context,
  };
}
