import type { Check, Problem } from '../provider.js';

/** Hints that guess at a wrong address are of no use where the address has answered before. */
const HINTS: Readonly<Partial<Record<Problem['code'], string>>> = {
  CONNECTION_REFUSED: 'It answered at this address before. Is the server still running?',
  DNS: 'The name was known before. Does the DNS server of this machine answer?',
  TIMEOUT: 'It answered at this address before. The machine may be off or busy, or a firewall may be in between now.',
  NOT_FOUND: 'It answered at this address before. Has the server been replaced or set up anew?',
};

/**
 * The same check of an endpoint that has answered at this address before: its hints say what can have changed since.
 */
export function ofKnownEndpoint(check: Check): Check {
  const rehint = (problem: Problem): Problem => {
    const hint = HINTS[problem.code];
    return hint === undefined || problem.hint === null ? problem : { ...problem, hint };
  };
  return {
    ...check,
    problem: check.problem && rehint(check.problem),
    stages: check.stages.map((stage) => (stage.problem ? { ...stage, problem: rehint(stage.problem) } : stage)),
  };
}
