import type { EntityKey } from '@trunkline/postgres';

/**
 * Which contacts are one person: the calculation, on as much of the tenant's contacts as concerns it. It is a function of
 * what is there now, so the order in which it came about cannot matter.
 */

/** A contact that is there, or that the CRM merged into another. */
export interface Contact {
  readonly key: EntityKey;
  /** `entityText` of the key; the least of a person's names it. */
  readonly id: string;
  readonly isLive: boolean;
  /** What the CRM made it one with, and what it made one with it, by id. */
  readonly mergedWith: readonly string[];
  /** Digests of the addresses that it holds, in hex. */
  readonly addresses: readonly string[];
}

/** An address as the table has it. */
export interface Address {
  readonly digest: string;
  /** The contacts that hold it, by id; not all of them where it is crowded. */
  readonly holders: readonly string[];
  readonly isCrowded: boolean;
}

export interface AddressState {
  readonly state: 'linking' | 'shared';
  readonly isCrowded: boolean;
}

export interface Partition {
  /** The contacts of each person; a set of merged contacts of which none is there any more is nobody. */
  readonly people: readonly (readonly Contact[])[];
  readonly states: ReadonlyMap<string, AddressState>;
  /** Of a contact, all that it is one person with; empty where it is nobody. */
  personOf(id: string): readonly Contact[];
}

export const maxContactsOfPerson = 500;

/**
 * Contacts are one where the CRM merged them, or where they hold an address that joins: one that no two contacts of one
 * account hold, unless those are one in the CRM. `contacts` holds the merged ones of every contact, and the holders of
 * every address that is not crowded.
 */
export function partition(
  contacts: ReadonlyMap<string, Contact>,
  addresses: readonly Address[],
  limit: number = maxContactsOfPerson,
): Partition {
  const sets = new Sets(contacts.keys());
  for (const { id, mergedWith } of contacts.values())
    for (const other of mergedWith) if (contacts.has(other)) sets.join(id, other);
  const merged = sets.frozen();
  const live = new Set([...contacts.values()].filter(({ isLive }) => isLive).map(({ id }) => merged(id)));

  const states = new Map<string, AddressState>();
  for (const { digest, holders, isCrowded } of addresses.toSorted((a, b) => (a.digest < b.digest ? -1 : 1))) {
    const holding = holders.flatMap((id) => contacts.get(id) ?? []).filter(({ id }) => live.has(merged(id)));
    const crowd = isCrowded && holders.length > 1;
    if (crowd || isShared(holding, merged)) states.set(digest, { state: 'shared', isCrowded: crowd });
    else if (sets.sizeOfAll(holding) > limit) states.set(digest, { state: 'shared', isCrowded: true });
    else {
      for (const { id } of holding) sets.join(holding[0]?.id ?? id, id);
      states.set(digest, { state: 'linking', isCrowded: false });
    }
  }
  const all = Map.groupBy(contacts.values(), ({ id }) => sets.find(id));
  const somebody = new Map([...all].filter(([, together]) => together.some(({ isLive }) => isLive)));
  return {
    people: [...somebody.values()],
    states,
    personOf: (id) => (contacts.has(id) ? (somebody.get(sets.find(id)) ?? []) : []),
  };
}

/** Whether two contacts of one account hold it that the CRM did not make one: a switchboard, a family, info@. */
function isShared(holding: readonly Contact[], merged: (id: string) => string): boolean {
  const ofAccount = new Map<string, string>();
  return holding.some(({ id, key }) => {
    const account = JSON.stringify([key.provider, key.account]);
    const known = ofAccount.get(account);
    ofAccount.set(account, merged(id));
    return known !== undefined && known !== merged(id);
  });
}

/** Disjoint sets of ids (union-find, the smaller one under the larger one). */
class Sets {
  readonly #parent: Map<string, string>;
  readonly #size = new Map<string, number>();

  constructor(ids: Iterable<string>) {
    this.#parent = new Map([...ids].map((id) => [id, id]));
  }

  find(id: string): string {
    let root = id;
    for (let up = this.#parent.get(root); up !== undefined && up !== root; up = this.#parent.get(root)) root = up;
    return root;
  }

  join(a: string, b: string): void {
    const [one, other] = [this.find(a), this.find(b)];
    if (one === other) return;
    const [small, large] = this.#sizeOf(one) < this.#sizeOf(other) ? [one, other] : [other, one];
    this.#parent.set(small, large);
    this.#size.set(large, this.#sizeOf(small) + this.#sizeOf(large));
  }

  /** How many they would be together with all that they are one with. */
  sizeOfAll(of: readonly { readonly id: string }[]): number {
    return [...new Set(of.map(({ id }) => this.find(id)))].reduce((sum, root) => sum + this.#sizeOf(root), 0);
  }

  /** The sets as they are now. */
  frozen(): (id: string) => string {
    const roots = new Map([...this.#parent.keys()].map((id) => [id, this.find(id)]));
    return (id) => roots.get(id) ?? id;
  }

  #sizeOf(root: string): number {
    return this.#size.get(root) ?? 1;
  }
}
