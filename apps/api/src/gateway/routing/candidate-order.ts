import type { EndpointLoad } from './endpoint-load.js';
import { isHealthy, type Candidate } from './routing-table.js';

interface Rank {
  readonly candidate: Candidate;
  readonly isHealthy: boolean;
  readonly isReady: boolean;
  readonly load: number;
  readonly draw: number;
}

/**
 * Those that serve a name in the order in which they are to be asked, as docs/gateway.md has it: healthy ones first,
 * then those that have a slot free and did not just fail or ask for a pause, then the lower priority number, then by
 * requests in flight in relation to weight; a draw by weight decides between equals.
 */
export function inOrder(
  candidates: readonly Candidate[],
  load: EndpointLoad,
  random: () => number = Math.random,
): readonly Candidate[] {
  if (candidates.length < 2) return candidates;
  const ranks = candidates.map((candidate): Rank => {
    const { connection, upstreamId } = candidate;
    return {
      candidate,
      isHealthy: isHealthy(candidate),
      isReady: !load.isResting(connection.id, upstreamId) && !load.isFull(connection),
      load: load.inFlight(connection.id) / connection.weight,
      // Exponential draw: the smallest of these is candidate i with probability weight_i / sum of weights.
      draw: -Math.log(1 - random()) / connection.weight,
    };
  });
  return ranks.sort(byRank).map(({ candidate }) => candidate);
}

function byRank(one: Rank, other: Rank): number {
  return (
    Number(other.isHealthy) - Number(one.isHealthy) ||
    Number(other.isReady) - Number(one.isReady) ||
    one.candidate.connection.priority - other.candidate.connection.priority ||
    one.load - other.load ||
    one.draw - other.draw
  );
}
