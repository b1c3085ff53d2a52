import { describe, expect, it } from 'vitest';

import { createTurns } from './turns.ts';

/** Work that ends when it is told to, and says in between that it runs. */
function createWork(): {
  readonly running: Set<string>;
  readonly work: (name: string) => () => Promise<void>;
  readonly end: (name: string) => Promise<void>;
} {
  const running = new Set<string>();
  const ends = new Map<string, PromiseWithResolvers<void>>();
  return {
    running,
    work: (name) => async () => {
      const until = Promise.withResolvers<void>();
      ends.set(name, until);
      running.add(name);
      await until.promise;
      running.delete(name);
    },
    async end(name) {
      ends.get(name)?.resolve();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('turns', () => {
  it('let work run together, and nothing beside the work that wants to be alone', async () => {
    const turns = createTurns();
    const { running, work, end } = createWork();

    const all = [
      turns.together(work('a')),
      turns.together(work('b')),
      turns.alone(work('c')),
      turns.together(work('d')),
      turns.alone(work('e')),
    ];
    await soon();
    expect([...running]).toEqual(['a', 'b']);
    await end('a');
    expect([...running]).toEqual(['b']);
    await end('b');
    expect([...running]).toEqual(['c']);
    await end('c');
    expect([...running]).toEqual(['d']);
    await end('d');
    expect([...running]).toEqual(['e']);
    await end('e');

    await Promise.all(all);
  });

  it('go on after a failure, which only its owner hears of', async () => {
    const turns = createTurns();

    const failing = turns.alone(() => Promise.reject(new Error('no')));
    const failingToo = turns.together(() => Promise.reject(new Error('no')));
    const last = turns.alone(() => Promise.resolve('done'));

    await expect(failing).rejects.toThrow('no');
    await expect(failingToo).rejects.toThrow('no');
    expect(await last).toBe('done');
  });
});
