/**
 * Work of several tenants, taken in turns: one tenant's bulk import does not keep the others waiting. The work of one
 * tenant stays in its order, and so does that of one key, which belongs to one tenant.
 */
export class FairList<T> {
  /** In the order of turns: the first key is the tenant that is served next. */
  #lines = new Map<string, Line<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(tenant: string, item: T): void {
    const line = this.#lines.get(tenant);
    if (line === undefined) this.#lines.set(tenant, { items: [item], head: 0 });
    else line.items.push(item);
    this.#size += 1;
  }

  /** Up to `max` items, one per tenant and turn: with others waiting, no tenant gets more than its share. */
  take(max: number): T[] {
    const taken: T[] = [];
    while (taken.length < max) {
      const next = this.#lines.entries().next();
      if (next.done === true) break;
      const [tenant, line] = next.value;
      const isAlone = this.#lines.size === 1;
      const count = isAlone ? max - taken.length : 1;
      const items = line.items.slice(line.head, line.head + count);
      taken.push(...items);
      line.head += items.length;
      this.#size -= items.length;
      this.#lines.delete(tenant);
      if (line.head < line.items.length) this.#lines.set(tenant, compacted(line));
    }
    return taken;
  }

  /** Forgets everything and returns it. */
  clear(): T[] {
    const left = [...this.#lines.values()].flatMap(({ items, head }) => items.slice(head));
    this.#lines = new Map();
    this.#size = 0;
    return left;
  }
}

interface Line<T> {
  items: T[];
  head: number;
}

/** Cuts the taken part off when it is the larger one. */
function compacted<T>(line: Line<T>): Line<T> {
  return line.head > 1_024 && line.head * 2 > line.items.length
    ? { items: line.items.slice(line.head), head: 0 }
    : line;
}
