import { IconApi, IconCpu } from '@tabler/icons-react';
import type { ConnectionKind } from '@intrallm/schema';

/** Everything the app says and shows differently for one kind of endpoint. */
interface Kind {
  /** Goes on from "Add as": "Ollama endpoint". */
  readonly name: string;
  /** The name with its article. */
  readonly aName: string;

  /** Of its section on the page. */
  readonly title: string;
  readonly description: string;
  readonly icon: typeof IconApi;
  /** What belongs into the section while it is empty, in one sentence. */
  readonly empty: string;
  /** URLs that may be taken over into an empty form. */
  readonly examples: readonly [string, string];
  /** Rows that are drawn while the connections are on their way: as many as most people have. */
  readonly skeletonRows: number;

  /** In the empty field of the URL. */
  readonly urlPlaceholder: string;
  /** Most of these endpoints want a key: it stands in the row, and in the form above the fold. */
  readonly hasKeyUpFront: boolean;
  /**
   * Callers may ask it to load models with a longer context and to keep them in memory: there are settings that limit
   * this.
   */
  readonly holdsModels: boolean;
}

/** The kinds, in the order of the page. */
export const kinds: Readonly<Record<ConnectionKind, Kind>> = {
  OPENAI: {
    name: 'OpenAI format endpoint',
    aName: 'an OpenAI format endpoint',
    title: 'OpenAI format API',
    description: 'Any server that implements the OpenAI API.',
    icon: IconApi,
    empty: 'Link a server that speaks the OpenAI API, such as vLLM, llama.cpp, LM Studio or a provider in the cloud.',
    examples: ['http://your-server:8000/v1', 'https://openrouter.ai/api/v1'],
    skeletonRows: 3,
    urlPlaceholder: 'http://192.168.18.49:8000/v1',
    hasKeyUpFront: true,
    holdsModels: false,
  },
  OLLAMA: {
    name: 'Ollama endpoint',
    aName: 'an Ollama endpoint',
    title: 'Ollama API',
    description: 'Ollama instances, for model discovery and chat.',
    icon: IconCpu,
    empty: 'Link an Ollama instance on this machine or in your network, and its models appear here by themselves.',
    examples: ['http://localhost:11434', 'http://your-server:11434'],
    skeletonRows: 2,
    urlPlaceholder: 'http://192.168.18.39:11434',
    hasKeyUpFront: false,
    holdsModels: true,
  },
};

/** In the order of the page. */
export const kindNames = Object.keys(kinds) as readonly ConnectionKind[];

/** Makes one value for each kind. */
export const forEachKind = <T>(make: (kind: ConnectionKind) => T): Record<ConnectionKind, T> =>
  Object.fromEntries(kindNames.map((kind) => [kind, make(kind)])) as Record<ConnectionKind, T>;
