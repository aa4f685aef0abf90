import { startApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { createLogger } from '../../src/log/logger.js';
import { DEFAULT_CADENCE } from '../../src/monitor/checks/cadence.js';

// The product as main.ts starts it, with what no setting reaches.

const config = loadConfig();
const logger = createLogger({ level: config.logLevel });
const isUncached = process.env['BENCH_UNCACHED'] === '1';
const offlineMaxMs = Number(process.env['BENCH_OFFLINE_MAX_MS'] ?? DEFAULT_CADENCE.offlineMaxMs);

const app = await startApp(config, logger, {
  cadence: { ...DEFAULT_CADENCE, regularMs: config.checkIntervalMs, offlineMaxMs },
  ...(isUncached ? { resultCacheBytes: 0 } : {}),
});
logger.info({ url: app.url }, 'the bench is ready');
logger.flush();
process.once('SIGTERM', () => void app.close().then(() => process.exit()));
