import type { OutboundClient } from '../http.js';
import { createOllamaProvider } from '../ollama/provider.js';
import { createOpenAiProvider } from '../openai/provider.js';
import type { Adapter } from './adapter.js';
import type { EndpointKind } from './kinds.js';

export type Adapters = Readonly<Record<EndpointKind, Adapter>>;

export const createAdapters = (client: OutboundClient): Adapters => ({
  OPENAI: createOpenAiProvider(client),
  OLLAMA: createOllamaProvider(client),
});
