import { createHash } from 'node:crypto';
import { BoundedCache } from '../bounded-cache.js';
import { ProviderError, type Endpoint } from '../provider.js';
import { AnswerError, type EndpointCaller } from './endpoint-caller.js';
import { responseProblem } from './response-problem.js';
import { hasKey, type KeyFinding } from './staged-check.js';

const TIMEOUT_MS = 3_000;
const REMEMBERED_MS = 6 * 3_600_000;

export interface KeyProofPaths {
  /** A path that was read with the key just now. */
  readonly listUrl: string;
  /** A path that needs the key where the list does not, if this server has one. */
  readonly guardedUrl: string | null;
}

/** Finds out whether the endpoint looked at the key, and remembers it for six hours. */
export class KeyProof {
  private readonly findings = new BoundedCache<KeyFinding>(2_000, REMEMBERED_MS);

  /**
   * Passed only where the same request without the key is refused. Rejects with an AnswerError where a guarded path
   * refuses the key although the list was open: the key is wrong then.
   */
  async prove(caller: EndpointCaller, paths: KeyProofPaths, proveKey: boolean | undefined): Promise<KeyFinding> {
    if (!hasKey(caller.endpoint)) return { state: 'SKIPPED', detail: 'no key' };
    const memory = cacheKey(caller.endpoint);
    const known = this.findings.get(memory);
    if (proveKey !== true && known) return known;
    if (proveKey === false) return { state: 'UNPROVEN', detail: 'not tried' };
    const finding = await findOut(caller, paths);
    if (finding !== INCONCLUSIVE) this.findings.set(memory, finding);
    return finding;
  }
}

const ACCEPTED: KeyFinding = { state: 'PASSED', detail: 'accepted' };
const OPEN: KeyFinding = { state: 'UNPROVEN', detail: 'the list is open to everybody' };
const INCONCLUSIVE: KeyFinding = { state: 'UNPROVEN', detail: 'could not be tried' };

async function findOut(caller: EndpointCaller, { listUrl, guardedUrl }: KeyProofPaths): Promise<KeyFinding> {
  const openness = await isOpen(caller, listUrl);
  if (openness === false) return ACCEPTED;
  if (openness === null) return INCONCLUSIVE;
  if (guardedUrl === null) return OPEN;
  const answer = await attempt(caller, guardedUrl, false);
  if (answer === null || answer.status >= 500) return OPEN;
  if (isRefusal(answer.status)) throw new AnswerError(answer, responseProblem(answer, caller.endpoint));
  return answer.status < 300 && (await isOpen(caller, guardedUrl)) === false ? ACCEPTED : OPEN;
}

/** Null where the answer says nothing about keys: too many requests, an error, none at all. */
async function isOpen(caller: EndpointCaller, url: string): Promise<boolean | null> {
  const answer = await attempt(caller, url, true);
  if (answer === null) return null;
  if (answer.status >= 200 && answer.status < 300) return true;
  return isRefusal(answer.status) || responseProblem(answer, caller.endpoint).code === 'UNAUTHORIZED' ? false : null;
}

async function attempt(caller: EndpointCaller, url: string, withoutKey: boolean) {
  try {
    return await caller.request(url, {
      withoutKey,
      timeoutMs: Math.min(TIMEOUT_MS, caller.remainingMs() / 2),
      // That it was given is all that counts, and a list may have megabytes.
      skipsBody: ({ status }) => status < 300,
    });
  } catch (error) {
    if (error instanceof ProviderError) return null;
    throw error;
  }
}

function isRefusal(status: number): boolean {
  return status === 401 || status === 403;
}

// A finding holds for one key; the key itself is not kept.
function cacheKey({ url, auth, apiKey }: Endpoint): string {
  return createHash('sha256')
    .update(JSON.stringify([url, auth, apiKey]))
    .digest('base64');
}
