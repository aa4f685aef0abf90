import type { PullRule } from '../profile.js';
import type { Json } from '../reply.js';

const LAYERS: NonNullable<PullRule['layers']> = [
  { digest: `sha256:${'a1b2c3d4e5f6'.padEnd(64, '0')}`, total: 2_019_377_376 },
  { digest: `sha256:${'0f9e8d7c6b5a'.padEnd(64, '0')}`, total: 1_429 },
];

/** Progress lines of a pull, in order. Layers of which `present` bytes are here already start there. */
export function pullLines(rule: PullRule, present: ReadonlyMap<string, number>): readonly Json[] {
  const layers = rule.layers ?? LAYERS;
  return [
    { status: 'pulling manifest' },
    ...layers.flatMap((layer) => layerLines(layer, present.get(layer.digest) ?? 0, rule)),
    ...ending(rule),
  ];
}

function layerLines(
  { digest, total }: { readonly digest: string; readonly total: number },
  present: number,
  { steps = 4, retries = false }: PullRule,
): readonly Json[] {
  const label = digest.replace('sha256:', '').slice(0, 12);
  // A count of zero is left out, as Go's omitempty does.
  const line = (completed: number): Json => ({
    status: `pulling ${label}`,
    digest,
    total,
    ...(completed > 0 ? { completed } : {}),
  });
  if (present >= total) return [line(total)];
  const forward = Array.from({ length: steps + 1 }, (_, step) =>
    line(Math.round(present + ((total - present) * step) / steps)),
  );
  if (!retries) return forward;
  const half = Math.ceil(forward.length / 2);
  return [...forward.slice(0, half), ...forward.slice(half - 2)];
}

function ending({ failure }: PullRule): readonly Json[] {
  if (failure === '') return [];
  if (failure !== undefined) return [{ error: failure }];
  return ['verifying sha256 digest', 'writing manifest', 'success'].map((status) => ({ status }));
}
