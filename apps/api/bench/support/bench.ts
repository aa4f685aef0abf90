import type { Child } from './child.js';
import type { LoadCalls } from './load.js';
import type { Effort, Row } from './measure.js';
import type { Scope } from './scope.js';

/** What a scenario is given. */
export interface Bench {
  readonly scope: Scope;
  readonly effort: Effort;
  readonly load: Child<LoadCalls>;
  /** Tells how far it is. */
  say(text: string): void;
}

export type Scenario = (bench: Bench) => Promise<Row[]>;
