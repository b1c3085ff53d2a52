import { type EventTypeOf, type PayloadOf, type RecordOf, type StatedTopic, topicEntry } from '@trunkline/events';
import fc from 'fast-check';

import type { PersonalTable } from '../erasure/personal.ts';
import { testRecord } from './records.ts';

/** Random histories of entities that somebody who is erased takes part in, and of others. */

export const erasedUntilMs = 50_000;
/** Any of the addresses may stand in a field of addresses. */
export const person = { addresses: ['+4915112345678', 'wilhelmina@example.com'], name: 'Wilhelmina' } as const;
const bystander = { addresses: ['+4915187654321', 'ben@example.com'], name: 'Ben' } as const;

/** What becomes of an entity. Of each table there is one of each fate, which is also its id. */
const fates = ['erased', 'later', 'others'] as const;
export type Fate =
  /** The person was named in it before the erasure. */
  | 'erased'
  /** The person was named in it only later: they came back. */
  | 'later'
  /** The person has nothing to do with it. */
  | 'others';

export interface Story {
  readonly topic: StatedTopic;
  readonly fate: Fate;
  /** What the person is in it: a party, or the column of a list. */
  readonly party: string;
  readonly tellings: readonly Telling[];
}

/** What one event says. */
interface Telling {
  /** Epoch milliseconds; no two of a story alike, or their ids would decide which is newer. */
  readonly at: number;
  readonly stated: readonly string[];
  /** Stated as null. */
  readonly empty: readonly string[];
  /** Which of somebody's addresses. */
  readonly address: number;
}

/** What providers tell at a time: what changed, or the whole object, of which one version guards all fields. */
export type Told = 'in parts' | 'whole';

/** One entity of each table for each fate. What follows another entity follows that of its own fate. */
export function stories(tables: readonly PersonalTable[], told: Told): fc.Arbitrary<readonly Story[]> {
  return fc.tuple(...tables.flatMap((table) => fates.map((fate) => storyOf(table, fate, told)))).map((all) => all);
}

function storyOf(table: PersonalTable, fate: Fate, how: Told): fc.Arbitrary<Story> {
  const { topic, list, texts } = table;
  const parties = [...table.parties.map(({ party }) => party), ...(list === undefined ? [] : [list.column])];
  const ofParties = table.parties.flatMap(({ addresses, names }) => [...addresses, ...names]);
  const fields = [...ofParties, ...(list === undefined ? [] : [list.field]), ...texts];
  const telling = fc.record({
    second: fc.integer({ min: 1, max: 99 }),
    stated: fc.subarray(fields),
    address: fc.nat({ max: 1 }),
  });
  return fc
    .record({
      party: parties.length === 0 ? fc.constant('') : fc.constantFrom(...parties),
      told: fc.array(telling, { minLength: 1, maxLength: 4 }),
      naming: fc.record({ second: fc.integer({ min: 1, max: 50 }), address: fc.nat({ max: 1 }) }),
    })
    .map(({ party, told, naming }) => {
      const { addresses } = ownFields(table, party);
      const isWhole = how === 'whole' || table.follows !== undefined;
      const all = fate === 'erased' ? [...told, { ...naming, stated: addresses.slice(0, 1) }] : told;
      const tellings = all.map(({ second, stated, address }, index): Telling => {
        const at = second * 1_000 - index;
        const isTooEarly = fate === 'later' && at <= erasedUntilMs;
        const said = isTooEarly ? stated.filter((field) => !addresses.includes(field)) : stated;
        return { at, address, stated: said, empty: isWhole ? fields.filter((field) => !said.includes(field)) : [] };
      });
      return { topic, fate, party, tellings };
    });
}

/** The fields that name the person. */
export function ownFields(
  { list, parties }: PersonalTable,
  party: string,
): { readonly addresses: readonly string[]; readonly names: readonly string[] } {
  if (list?.column === party) return { addresses: [list.field], names: [] };
  return parties.find((one) => one.party === party) ?? { addresses: [], names: [] };
}

/** The events of a story, in its order. */
export function recordsOf(
  table: PersonalTable,
  { fate, party, tellings }: Story,
  tenantId: string,
): readonly RecordOf<StatedTopic>[] {
  const { topic, follows, list, parties, texts } = table;
  const { entity, types } = topicEntry(topic);
  const own = ownFields(table, party);
  const isTheirs = (field: string): boolean =>
    fate !== 'others' && (own.addresses.includes(field) || own.names.includes(field));

  return tellings.map(({ at, stated, empty, address }) => {
    const valueOf = (field: string): unknown => {
      const who = isTheirs(field) ? person : bystander;
      if (field === list?.field)
        return [bystander, who].map((one) => ({ email: one.addresses[1], response: 'accepted' }));
      if (texts.includes(field)) return `${fate === 'others' ? bystander.name : person.name} said ${at}`;
      return parties.some(({ names }) => names.includes(field)) ? who.name : who.addresses[address];
    };
    const payload = {
      ...Object.fromEntries([
        ...stated.map((field) => [field, valueOf(field)]),
        ...empty.map((field) => [field, null]),
      ]),
      ...(follows === undefined ? {} : { [follows.field]: fate }),
    };
    return testRecord({
      topic,
      // Of the topic's own types, whichever: an erasure does not depend on it.
      type: Object.keys(types)[0] as EventTypeOf<StatedTopic>,
      kind: entity,
      entityId: fate,
      occurredAt: at,
      stated: payload as Partial<PayloadOf<StatedTopic>>,
      tenantId,
    });
  });
}
