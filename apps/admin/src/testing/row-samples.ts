import type { ConnectionRow_connectionFragment } from '@intrallm/schema';

type Row = ConnectionRow_connectionFragment;
type Health = Row['health'];
type Sample = Partial<Omit<Row, 'health'>> & { health?: Partial<Health> };

/** Apollo wants the name of an object's type; the generated types of fragments leave it out. */
export const typename = <Name extends string>(name: Name): { __typename: Name } => ({ __typename: name });

/** A connection as the list brings it: online, with a key. Its status is its health's too. */
export function sampleRow({ health, ...more }: Sample = {}): Row & { __typename: 'Connection' } {
  const status = more.status ?? 'ONLINE';
  return {
    __typename: 'Connection',
    id: 'c1',
    kind: 'OPENAI',
    name: 'vLLM · rack 4',
    url: 'http://192.168.18.49:8000/v1',
    enabled: true,
    hasApiKey: true,
    keyState: 'STORED',
    apiKeyPreview: '••••••••4f2a',
    tags: [],
    priority: 0,
    managedBy: 'ADMIN',
    version: 3,
    createdAt: '2026-11-01T10:00:00.000Z',
    modelCount: 12,
    status,
    health: {
      ...typename('ConnectionHealth'),
      status,
      since: '2026-11-23T10:00:00.000Z',
      checking: false,
      checkedAt: '2026-11-23T11:00:00.000Z',
      latencyMs: 18,
      uptime24h: 1,
      serverVersion: null,
      problem: null,
      ...health,
    },
    warnings: [],
    ...more,
  };
}

/** An Ollama instance beside it. */
export function sampleOllamaRow(more: Sample = {}): ReturnType<typeof sampleRow> {
  return sampleRow({
    id: 'o1',
    kind: 'OLLAMA',
    name: 'Ollama · workstation',
    url: 'http://192.168.18.39:11434',
    hasApiKey: false,
    keyState: 'NONE',
    apiKeyPreview: null,
    modelCount: 21,
    ...more,
  });
}
