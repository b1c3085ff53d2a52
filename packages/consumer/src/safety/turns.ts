/** Work that may run side by side, and work that wants to be the only one. In the order of asking. */
export interface Turns {
  together<T>(work: () => Promise<T>): Promise<T>;
  alone<T>(work: () => Promise<T>): Promise<T>;
}

interface Waiting {
  readonly isAlone: boolean;
  readonly start: () => void;
}

export function createTurns(): Turns {
  const waiting: Waiting[] = [];
  let running = 0;
  let isAlone = false;

  function isFree(forOneAlone: boolean): boolean {
    return forOneAlone ? running === 0 : !isAlone;
  }

  function admitNext(): void {
    for (let next = waiting[0]; next !== undefined && isFree(next.isAlone); next = waiting[0]) {
      waiting.shift();
      running += 1;
      isAlone = next.isAlone;
      next.start();
    }
  }

  async function take<T>(wantsAlone: boolean, work: () => Promise<T>): Promise<T> {
    if (waiting.length === 0 && isFree(wantsAlone)) {
      running += 1;
      isAlone = wantsAlone;
    } else await new Promise<void>((start) => waiting.push({ isAlone: wantsAlone, start }));
    try {
      return await work();
    } finally {
      running -= 1;
      isAlone = false;
      admitNext();
    }
  }

  return {
    together: (work) => take(false, work),
    alone: (work) => take(true, work),
  };
}
