import type { ConnectionKind } from '@intrallm/schema';

/** The kind with its article's noun: "Ollama endpoint", "OpenAI format endpoint". */
export function kindName(kind: ConnectionKind): string {
  return kind === 'OLLAMA' ? 'Ollama endpoint' : 'OpenAI format endpoint';
}

/** The kind as the start of a title: "an Ollama endpoint", "an OpenAI format endpoint". */
export function aKind(kind: ConnectionKind): string {
  return `an ${kindName(kind)}`;
}
