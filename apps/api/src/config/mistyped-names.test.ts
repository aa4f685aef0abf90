import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../config.js';

const load = (name: string) => () => loadConfig({ INTRALLM_DATA: '/tmp', [name]: 'x' });

describe('a variable whose name is nearly that of a setting', () => {
  it.each([
    ['INTRALLM_PUBLIC_URI', 'INTRALLM_PUBLIC_URL'],
    ['INTRALLM_PUBLICURL', 'INTRALLM_PUBLIC_URL'],
    ['INTRALLM_TRUSTED_PROXY', 'INTRALLM_TRUSTED_PROXIES'],
    ['INTRALLM_MASTERKEY', 'INTRALLM_MASTER_KEY'],
    ['INTRALLM_DENIED_NETWORK', 'INTRALLM_DENIED_NETWORKS'],
    ['intrallm_admin_email', 'INTRALLM_ADMIN_EMAIL'],
    ['INTRALLM_PORT', 'PORT'],
    ['INTRALLM_DATABASE_URL', 'DATABASE_URL'],
    ['INTRALLM_LOG_LEVEL', 'LOG_LEVEL'],
  ])('is refused with what to write instead: %s', (name, meant) => {
    expect(load(name)).toThrow(`${name}: is no setting of this server: write ${meant}`);
  });

  it.each(['INTRALLM_TOKEN', 'INTRALLM_SCREENSHOTS', 'INTRALLM_', 'INTRALLM_IMAGE', 'OPENAI_BASE_URL'])(
    'is let be where it may be somebody else’s: %s',
    (name) => expect(load(name)).not.toThrow(),
  );
});
