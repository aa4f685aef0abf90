import type { Profile } from '../profile.js';
import { authProfiles } from './auth.js';
import { echoProfiles } from './echo.js';
import { errorProfiles } from './errors.js';
import { faults } from './faults.js';
import { recordings } from './recordings.js';
import { clouds } from './servers/clouds.js';
import { gateways } from './servers/gateways.js';
import { hosted } from './servers/hosted.js';
import { llamaCppFamily } from './servers/llama-cpp.js';
import { lmStudioFamily } from './servers/lm-studio.js';
import { ollamaProfiles } from './servers/ollama.js';
import { otherLocal } from './servers/other-local.js';
import { vllmFamily } from './servers/vllm.js';
import { streamProfiles } from './streams.js';

/** Every profile there is, by group. */
export const profiles: readonly Profile[] = [
  ...vllmFamily,
  ...llamaCppFamily,
  ...lmStudioFamily,
  ...otherLocal,
  ...hosted,
  ...clouds,
  ...gateways,
  ...ollamaProfiles,
  ...recordings,
  ...authProfiles,
  ...errorProfiles,
  ...echoProfiles,
  ...streamProfiles,
  ...faults,
];

const byName = new Map(
  profiles.flatMap((profile) => [profile.id, ...profile.names].map((name) => [name.toLowerCase(), profile])),
);

/** The profile with this id or nickname, in whatever case. Throws where there is none. */
export function getProfile(name: string): Profile {
  const profile = byName.get(name.toLowerCase());
  if (profile === undefined)
    throw new Error(`There is no profile "${name}". "npm run simulator -- --list" shows what there is.`);
  return profile;
}
