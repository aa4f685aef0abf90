/**
 * A list of names of models, where an entry with * at its end stands for every name that begins so, the beginning
 * itself included: "al*" has "al" and "alpaca". Case counts, and * means itself anywhere but at the end.
 */
export class ModelPatterns {
  /** Names that stand in the list as they are. */
  readonly names: ReadonlySet<string>;
  /** What names may begin with, in no order; none begins with another one. */
  readonly beginnings: ReadonlySet<string>;
  /** Lengths of the beginnings, the shortest first: a name is cut to each and looked up. */
  readonly #lengths: readonly number[];

  constructor(list: Iterable<string>) {
    const entries = [...new Set(list)];
    const all = entries.filter((entry) => entry.endsWith('*')).map((entry) => entry.slice(0, -1));
    const beginnings = new Set<string>();
    const lengths: number[] = [];
    // The shortest first: whatever a longer one stands for, the shorter one that it begins with does, too.
    for (const beginning of all.sort((one, other) => one.length - other.length)) {
      if (beginsWithOneOf(beginnings, lengths, beginning)) continue;
      beginnings.add(beginning);
      if (lengths.at(-1) !== beginning.length) lengths.push(beginning.length);
    }
    this.beginnings = beginnings;
    this.#lengths = lengths;
    this.names = new Set(entries.filter((entry) => !entry.endsWith('*') && !this.#begins(entry)));
  }

  has(name: string): boolean {
    return this.names.has(name) || this.#begins(name);
  }

  /** Whether every name that the entry of another list stands for is in this one: exact, whatever names there are. */
  covers(entry: string): boolean {
    return entry.endsWith('*') ? this.#begins(entry.slice(0, -1)) : this.has(entry);
  }

  /** Whether there can be a name that both this list and the entry of another one stand for. */
  meets(entry: string): boolean {
    if (this.covers(entry)) return true;
    if (!entry.endsWith('*')) return false;
    const beginning = entry.slice(0, -1);
    return [...this.names, ...this.beginnings].some((one) => one.startsWith(beginning));
  }

  /** The list with nothing twice, in one order: equal for lists that stand for the same names. */
  get canonical(): readonly string[] {
    return [...this.names, ...Array.from(this.beginnings, (beginning) => `${beginning}*`)].sort();
  }

  #begins(name: string): boolean {
    return beginsWithOneOf(this.beginnings, this.#lengths, name);
  }
}

function beginsWithOneOf(beginnings: ReadonlySet<string>, lengths: readonly number[], name: string): boolean {
  for (const length of lengths) {
    if (length > name.length) return false;
    if (beginnings.has(name.slice(0, length))) return true;
  }
  return false;
}
