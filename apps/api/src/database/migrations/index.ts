import { Initial1764000000000 } from './1764000000000-initial.js';
import { Refresh1764100000000 } from './1764100000000-refresh.js';
import { Usage1764200000000 } from './1764200000000-usage.js';
import { OllamaFacts1764300000000 } from './1764300000000-ollama-facts.js';
import { EventConnection1764350000000 } from './1764350000000-event-connection.js';

/** Every migration, oldest first. A released one is never edited; the next change adds a file. */
export const migrations = [
  Initial1764000000000,
  Refresh1764100000000,
  Usage1764200000000,
  OllamaFacts1764300000000,
  EventConnection1764350000000,
];
