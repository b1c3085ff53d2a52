interface Partition {
  readonly topic: string;
  readonly partition: number;
}

/** One value for each partition of each topic. Looked at once for every record: without a text made of both. */
export class Places<Value> {
  readonly #topics = new Map<string, (Value | undefined)[]>();

  get({ topic, partition }: Partition): Value | undefined {
    return this.#topics.get(topic)?.[partition];
  }

  set({ topic, partition }: Partition, value: Value): void {
    const values = this.#topics.get(topic);
    if (values === undefined) this.#topics.set(topic, Object.assign([], { [partition]: value }));
    else values[partition] = value;
  }

  get isEmpty(): boolean {
    return this.#topics.size === 0;
  }

  values(): readonly Value[] {
    return [...this.#topics.values()].flatMap((values) => values.filter((value) => value !== undefined));
  }

  clear(): void {
    this.#topics.clear();
  }
}
