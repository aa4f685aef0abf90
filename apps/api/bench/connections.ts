import type { Scenario } from './support/bench.js';
import { measureHotQuery } from './support/hot-query.js';

/** What a row of the admin app's list of connections shows. */
export const CONNECTIONS = `query Connections { connections {
  id kind name url enabled hasApiKey keyState apiKeyPreview tags priority managedBy version modelCount status
  health { status since checking checkedAt latencyMs uptime24h serverVersion problem { code message hint } }
  warnings { code message hint }
} }`;

export const connections: Scenario = (bench) =>
  measureHotQuery(bench, {
    claim: '`connections`, 100 connections, hot',
    query: CONNECTIONS,
    endpoints: { count: 100, modelsEach: 2 },
  });
