import { describe, expect, it } from 'vitest';

import { type Contact, partition } from './partition.ts';

describe('an address', () => {
  it('joins contacts of different accounts that hold it', () => {
    const { people, states } = partition(contacts(['a', 1], ['b', 2]), [held('one', 1, 2)]);

    expect(people.map((one) => one.map(({ id }) => id))).toEqual([['1', '2']]);
    expect(states.get('one')).toEqual({ state: 'linking', isCrowded: false });
  });

  it('is shared where two contacts of one account hold it, and then joins nobody', () => {
    const { people, states } = partition(contacts(['a', 1], ['a', 2], ['b', 3]), [held('one', 1, 2, 3)]);

    expect(people.length).toBe(3);
    expect(states.get('one')).toEqual({ state: 'shared', isCrowded: false });
  });

  it('is crowded, and shared, where it would join more contacts than a person can be', () => {
    const accounts = contacts(['a', 1], ['b', 2], ['c', 3], ['d', 4]);
    const { people, states } = partition(accounts, [held('one', 1, 2, 3), held('two', 3, 4)], 2);

    expect(states.get('one')).toEqual({ state: 'shared', isCrowded: true });
    expect(people.map((one) => one.map(({ id }) => id))).toEqual([['1'], ['2'], ['3', '4']]);
  });

  it('that was crowded once stays so until one contact holds it', () => {
    const states = (...holders: number[]): unknown =>
      partition(contacts(['a', 1], ['b', 2]), [{ ...held('one', ...holders), isCrowded: true }]).states.get('one');

    expect(states(1, 2)).toEqual({ state: 'shared', isCrowded: true });
    expect(states(1)).toEqual({ state: 'linking', isCrowded: false });
  });
});

function contacts(...all: readonly (readonly [account: string, id: number])[]): ReadonlyMap<string, Contact> {
  return new Map(
    all.map(([account, id]) => {
      const key = { tenantId: 'tnt_a', provider: 'hubspot', account, kind: 'contact', entityId: String(id) };
      return [String(id), { key, id: String(id), isLive: true, mergedWith: [], addresses: [] }];
    }),
  );
}

function held(digest: string, ...holders: number[]): Parameters<typeof partition>[1][number] {
  return { digest, holders: holders.map(String), isCrowded: false };
}
