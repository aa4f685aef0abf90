/** Keys that the settings of the server name: in memory only, for as long as the process runs. By connection id. */
export class ManagedSecrets {
  readonly #keys = new Map<string, string>();

  /** Replaces all of them. */
  replace(keys: ReadonlyMap<string, string>): void {
    this.#keys.clear();
    for (const [connectionId, key] of keys) this.#keys.set(connectionId, key);
  }

  /** Null where the settings name none. */
  find(connectionId: string): string | null {
    return this.#keys.get(connectionId) ?? null;
  }
}
