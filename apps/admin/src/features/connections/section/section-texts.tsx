import { IconApi, IconCpu } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { ConnectionKind } from '@intrallm/schema';
import { iconProps } from '../../../lib/icon.js';

interface SectionTexts {
  title: string;
  description: string;
  icon: ReactNode;
  /** The name of the plus. */
  add: string;
  /** What goes here, in one sentence. */
  empty: string;
  examples: readonly [string, string];
}

/** What the two sections say. */
export const sectionTexts: Record<ConnectionKind, SectionTexts> = {
  OPENAI: {
    title: 'OpenAI format API',
    description: 'Any server that implements the OpenAI API.',
    icon: <IconApi {...iconProps} />,
    add: 'Add an OpenAI format endpoint',
    empty: 'Link a server that speaks the OpenAI API, such as vLLM, llama.cpp, LM Studio or a provider in the cloud.',
    examples: ['http://your-server:8000/v1', 'https://openrouter.ai/api/v1'],
  },
  OLLAMA: {
    title: 'Ollama API',
    description: 'Ollama instances, for model discovery and chat.',
    icon: <IconCpu {...iconProps} />,
    add: 'Add an Ollama endpoint',
    empty: 'Link an Ollama instance on this machine or in your network, and its models appear here by themselves.',
    examples: ['http://localhost:11434', 'http://your-server:11434'],
  },
};

/** The order of the page. */
export const kinds: readonly ConnectionKind[] = ['OPENAI', 'OLLAMA'];
