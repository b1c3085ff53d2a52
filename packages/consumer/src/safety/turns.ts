/** Work that may run side by side, and work that wants to be the only one. In the order of asking. */
export interface Turns {
  together<T>(work: () => Promise<T>): Promise<T>;
  alone<T>(work: () => Promise<T>): Promise<T>;
}

export function createTurns(): Turns {
  /** What whoever comes next together with others has to wait for: the last one who wanted to be alone. */
  let lastAlone: Promise<unknown> = Promise.resolve();
  /** What whoever wants to be alone has to wait for as well: those who came together since. */
  let since: readonly Promise<unknown>[] = [];

  return {
    async together(work) {
      const mine = lastAlone.then(work);
      // Its owner hears of a failure; whoever is next only waits for the end.
      const ended = mine.then(noValue, noValue);
      since = [...since, ended];
      try {
        return await mine;
      } finally {
        since = since.filter((other) => other !== ended);
      }
    },
    async alone(work) {
      const mine = Promise.all([lastAlone, ...since]).then(work);
      lastAlone = mine.then(noValue, noValue);
      since = [];
      return await mine;
    },
  };
}

function noValue(): undefined {
  return undefined;
}
