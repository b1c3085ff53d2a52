/** A place among those who may work at the same time, or in the line for one. */
export interface Turn {
  /** Resolves when the work may begin; never, if the turn is released before. */
  readonly granted: Promise<void>;
  /** Gives the place, or the place in the line, to the next. Once. */
  release(): void;
}

/** Hands out turns, at most `limit` at the same time, in the order in which they were asked for. */
export function createTurns(limit: number): () => Turn {
  const line: (() => void)[] = [];
  let taken = 0;

  function pass(): void {
    const next = line.shift();
    // The next in the line takes the place over; without one it becomes free.
    if (next === undefined) taken -= 1;
    else next();
  }

  return () => {
    if (taken < limit) {
      taken += 1;
      return { granted: Promise.resolve(), release: pass };
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    line.push(resolve);
    return {
      granted: promise,
      release: () => {
        const place = line.indexOf(resolve);
        if (place === -1) pass();
        else line.splice(place, 1);
      },
    };
  };
}
