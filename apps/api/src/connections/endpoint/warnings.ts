import { isIP } from 'node:net';
import { isPublicAddress, type Problem, type StageResult } from '@intrallm/providers';

/** What a warning depends on, of a stored connection or of one that is being tried. */
export interface WarningFacts {
  readonly url: string;
  /** A key or a secret header travels with every request. */
  readonly sendsSecret: boolean;
  /** Names of other connections of the kind with the same URL: of a stored one, those that were linked before it. */
  readonly alsoLinkedAs: readonly string[];
  /** Steps of the last check: the first tells which address the host has. */
  readonly stages: readonly StageResult[];
  readonly hasUnreadableSecret: boolean;
}

/** What an administrator should know although nothing is broken. No network is asked: addresses are those last seen. */
export function warningsOf(facts: WarningFacts): Problem[] {
  const warnings: Problem[] = [];
  if (facts.hasUnreadableSecret) {
    warnings.push({
      code: 'KEY_UNREADABLE',
      message: 'A stored secret cannot be opened: it was sealed under another master key, or altered in the database.',
      hint: 'Enter the key again.',
      httpStatus: null,
    });
  }
  const [first, ...others] = facts.alsoLinkedAs;
  if (first !== undefined) {
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    warnings.push(
      note(
        `The same URL is linked already as "${first}"${more}.`,
        'Remove one of them unless they differ in their key.',
      ),
    );
  }
  if (facts.sendsSecret && isPlainAndPublic(facts)) {
    warnings.push(
      note('The key travels unencrypted over plain http to a public address.', 'Use https for this endpoint.'),
    );
  }
  return warnings;
}

const note = (message: string, hint: string): Problem => ({ code: 'OTHER', message, hint, httpStatus: null });

function isPlainAndPublic({ url, stages }: WarningFacts): boolean {
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'http:') return false;
  const host = hostname.replace(/^\[|\]$/g, '');
  const address = isIP(host) === 0 ? stages.find((stage) => stage.stage === 'ADDRESS')?.detail : host;
  return typeof address === 'string' && isIP(address) !== 0 && isPublicAddress(address);
}
