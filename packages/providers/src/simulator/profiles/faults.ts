import type { Profile, Reply } from '../profile.js';

function fault(id: string, names: readonly string[], title: string, everything: Reply): Profile {
  return { id, names, title, kind: 'OPENAI', base: '/v1', models: [], everything };
}

export const faults: readonly Profile[] = [
  fault('F01', ['black-hole'], 'Accepts connections and never answers', { bytes: [{ hold: true }] }),
];
