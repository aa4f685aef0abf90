import { instant } from '../../database/columns.js';
import type { Database } from '../../database/database.js';
import type { Logger } from '../../log/logger.js';
import { CLOCK_SLACK_MS } from '../sessions/session-times.js';
import { Session } from '../sessions/session.entity.js';
import { ApiToken } from '../tokens/api-token.entity.js';

type Target = 'session' | 'token';
const ENTITIES = { session: Session, token: ApiToken } as const;
const TABLES = { session: 'session', token: 'api_token' } as const;

/**
 * Writes down when credentials were last used, beside the requests that used them. What comes in while one write is
 * under way goes into the next one together, so a busy server makes few of them.
 */
export class LastUse {
  #pending: Record<Target, Map<string, Date>> = { session: new Map(), token: new Map() };
  #writing: Promise<void> | null = null;

  constructor(
    private readonly database: Database,
    private readonly logger: Logger,
  ) {}

  note(target: Target, id: string, at: Date): void {
    this.#pending[target].set(id, at);
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = null;
    });
  }

  /** Resolves when everything noted so far is written, or given up with a line in the log. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #drain(): Promise<void> {
    while (this.#pending.session.size + this.#pending.token.size > 0) {
      const batch = this.#pending;
      this.#pending = { session: new Map(), token: new Map() };
      try {
        await this.#write(batch);
      } catch (err) {
        this.logger.warn({ err }, 'the last use of credentials could not be written');
      }
    }
  }

  #write(batch: Record<Target, Map<string, Date>>): Promise<void> {
    return this.database.write(async (write) => {
      const { manager } = write;
      // Whoever ends sessions meanwhile has some of these rows: on PostgreSQL those are passed over, so that nobody
      // waits for the other in a circle. On SQLite writes wait for each other anyway.
      const free = this.database.kind === 'postgres' ? ' FOR UPDATE SKIP LOCKED' : '';
      for (const target of ['session', 'token'] as const) {
        for (const [id, at] of batch[target]) {
          await manager
            .createQueryBuilder()
            .update(ENTITIES[target])
            .set({ lastUsedAt: at })
            // What lies far ahead was noted by a clock that was set back since.
            .where(
              `id IN (SELECT id FROM "${TABLES[target]}" WHERE id = :id
               AND ("lastUsedAt" IS NULL OR "lastUsedAt" < :at OR "lastUsedAt" > :ahead)${free})`,
              { id, at: instant(at), ahead: instant(new Date(at.getTime() + CLOCK_SLACK_MS)) },
            )
            .execute();
        }
      }
    });
  }
}
