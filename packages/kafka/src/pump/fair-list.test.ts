import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { FairList } from './fair-list.ts';

describe('the fair list', () => {
  it('takes from each tenant in turn, so that nobody has more than a share while others wait', () => {
    const list = new FairList<string>();
    for (let index = 0; index < 1_000; index += 1) list.add('bulk', `bulk ${index}`);
    list.add('small', 'small 0');
    list.add('small', 'small 1');
    list.add('other', 'other 0');

    expect(list.take(6)).toEqual(['bulk 0', 'small 0', 'other 0', 'bulk 1', 'small 1', 'bulk 2']);
    expect(list.size).toBe(997);
  });

  it('gives a tenant who is alone everything', () => {
    const list = new FairList<number>();
    for (let index = 0; index < 10; index += 1) list.add('only', index);

    expect(list.take(4)).toEqual([0, 1, 2, 3]);
    expect(list.take(100)).toEqual([4, 5, 6, 7, 8, 9]);
    expect(list.take(1)).toEqual([]);
  });

  it('goes on with the turns where the last batch ended', () => {
    const list = new FairList<string>();
    for (const tenant of ['a', 'b', 'c']) for (const index of [0, 1]) list.add(tenant, `${tenant}${index}`);

    expect(list.take(2)).toEqual(['a0', 'b0']);
    expect(list.take(2)).toEqual(['c0', 'a1']);
  });

  it('forgets everything when it is cleared', () => {
    const list = new FairList<number>();
    list.add('a', 1);
    list.add('b', 2);

    expect(list.clear()).toEqual([1, 2]);
    expect(list.size).toBe(0);
    expect(list.take(1)).toEqual([]);
  });

  it('forgets what was taken without losing its place', () => {
    const list = new FairList<number>();
    const numbers = Array.from({ length: 10_000 }, (_, number) => number);
    for (const number of numbers) list.add('a', number);
    for (const number of numbers) list.add('b', number);

    const taken = numbers.flatMap(() => list.take(2));

    expect(taken).toEqual(numbers.flatMap((number) => [number, number]));
    expect(list.size).toBe(0);
  });

  it('loses nothing, doubles nothing and keeps the order of every tenant', () => {
    const steps = fc.array(fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 2_500 })), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(steps, (history) => {
        const list = new FairList<{ readonly tenant: string; readonly number: number }>();
        const added = new Map<string, number>();
        const taken = new Map<string, number[]>();
        const note = (items: readonly { readonly tenant: string; readonly number: number }[]): void => {
          for (const { tenant, number } of items) taken.set(tenant, [...(taken.get(tenant) ?? []), number]);
        };

        for (const step of history) {
          if (typeof step === 'number') note(list.take(step % 7));
          else {
            const number = added.get(step) ?? 0;
            added.set(step, number + 1);
            list.add(step, { tenant: step, number });
          }
        }
        note(list.take(Number.MAX_SAFE_INTEGER));

        for (const [tenant, count] of added)
          expect(taken.get(tenant)).toEqual(Array.from({ length: count }, (_, number) => number));
      }),
    );
  });
});
