import type { Profile } from '../profile.js';
import { faults } from './faults.js';
import { hosted } from './hosted.js';
import { localServers } from './local-servers.js';
import { ollamaProfiles } from './ollama.js';
import { recordings } from './recordings.js';

/** Every profile there is, by group. */
export const profiles: readonly Profile[] = [...localServers, ...hosted, ...ollamaProfiles, ...recordings, ...faults];

const byName = new Map(
  profiles.flatMap((profile) => [profile.id, ...profile.names].map((name) => [name.toLowerCase(), profile])),
);

/** The profile with this id or nickname, in whatever case. Throws where there is none. */
export function getProfile(name: string): Profile {
  const profile = byName.get(name.toLowerCase());
  if (profile === undefined) throw new Error(`There is no profile "${name}". Known: ${[...byName.keys()].join(', ')}.`);
  return profile;
}
