type Key = string | number;

interface Node<V> {
  readonly next: Map<Key, Node<V>>;
  value: V | undefined;
}

/**
 * A map whose keys have several parts. For what is looked up with every request: parts that were made one key would be
 * joined and hashed anew each time, while most of them are texts that have their hash already.
 */
export class LabelTree<V> {
  readonly #root: Node<V> = { next: new Map(), value: undefined };
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(path: readonly Key[]): V | undefined {
    let node: Node<V> | undefined = this.#root;
    for (const part of path) {
      node = node.next.get(part);
      if (node === undefined) return undefined;
    }
    return node.value;
  }

  set(path: readonly Key[], value: V): void {
    let node = this.#root;
    for (const part of path) {
      let next = node.next.get(part);
      if (next === undefined) {
        next = { next: new Map(), value: undefined };
        node.next.set(part, next);
      }
      node = next;
    }
    if (node.value === undefined) this.#size += 1;
    node.value = value;
  }

  delete(path: readonly Key[]): void {
    const passed: { readonly parent: Node<V>; readonly part: Key }[] = [];
    let node = this.#root;
    for (const part of path) {
      const next = node.next.get(part);
      if (next === undefined) return;
      passed.push({ parent: node, part });
      node = next;
    }
    if (node.value === undefined) return;
    node.value = undefined;
    this.#size -= 1;
    // What leads nowhere any more is not kept.
    for (const { parent, part } of passed.reverse()) {
      const child = parent.next.get(part);
      if (child === undefined || child.value !== undefined || child.next.size > 0) return;
      parent.next.delete(part);
    }
  }

  /** Those with the same first parts together, in the order in which the first of them came. */
  entries(): Generator<readonly [readonly Key[], V]> {
    return entriesOf(this.#root, []);
  }
}

function* entriesOf<V>({ next, value }: Node<V>, path: readonly Key[]): Generator<readonly [readonly Key[], V]> {
  if (value !== undefined) yield [path, value];
  for (const [part, node] of next) yield* entriesOf(node, [...path, part]);
}
