import type { Scenario } from './support/bench.js';
import { measureHotQuery } from './support/hot-query.js';

/** Everything that a list of models shows of each. */
export const MODELS = `query Models { models {
  id name ownedBy capabilities contextLength family parameterSize sizeBytes loaded available firstSeenAt lastSeenAt
} }`;

export const models: Scenario = (bench) =>
  measureHotQuery(bench, {
    claim: '`models`, 1,000 models, hot',
    query: MODELS,
    endpoints: { count: 10, modelsEach: 100 },
  });
