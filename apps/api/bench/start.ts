import type { Scenario } from './support/bench.js';
import { interleave, toRow } from './support/measure.js';
import { startProduct } from './support/product.js';
import { Scope } from './support/scope.js';
import { seed } from './support/seed.js';

const CONNECTIONS = 1_000;
const MODELS_EACH = 50;
/** Refuses at once: all of them are due when the product starts, and fail while it does. */
const NOBODY = 'http://127.0.0.1:1';

/** How much longer the product takes to become ready for what it has stored. */
export const start: Scenario = async ({ scope, effort, say }) => {
  const [full, empty] = [scope.folder(), scope.folder()];
  // A first start, so that neither has a database to make or an administrator to create.
  for (const data of [full, empty]) await startOnce(data);
  await seed(
    full,
    Array.from({ length: CONNECTIONS }, (_, index) => `${NOBODY}/${index}/v1`),
    MODELS_EACH,
  );
  say(`start: ${CONNECTIONS} connections and ${CONNECTIONS * MODELS_EACH} models are stored`);
  const variants = { full: () => startOnce(full), empty: () => startOnce(empty) };
  await interleave(1, variants);
  const measured = await interleave(effort.rounds, variants);
  return [
    toRow(measured.full, measured.empty, {
      claim: 'start to ready, 1,000 connections and 50,000 models',
      against: 'an empty database',
      unit: 's',
      goal: { is: 'at most', value: 1, as: 'difference' },
      note: 'from the start of the process; the database has the current tables',
    }),
  ];
};

async function startOnce(data: string): Promise<number> {
  const scope = new Scope();
  try {
    return (await startProduct(scope, { data })).readyMs / 1000;
  } finally {
    await scope.end();
  }
}
