import { type StatedFieldOf, type StatedTopic, topicEntry } from '@trunkline/events';
import type { FollowerColumns, PersonalColumns } from '@trunkline/postgres';

import { columnOf } from '../projection-columns.ts';

/** What a table of newest states keeps of people, by the fields of its topic. */
export interface PersonalDeclaration<T extends StatedTopic> {
  readonly topic: T;
  /** Who takes part, by what they are there. */
  readonly parties?: Readonly<Record<string, PartyFields<T>>>;
  /** A field with a list of people, each with an `email`. */
  readonly list?: StatedFieldOf<T>;
  /** In somebody's own words, or made of names: cleared with whichever of the parties. */
  readonly texts?: readonly StatedFieldOf<T>[];
  /** What names nobody and belongs to an entity that does: the field with that one's id. It is erased with it. */
  readonly follows?: Followed<StatedFieldOf<T>>;
}

export interface Followed<Field extends string> {
  readonly topic: StatedTopic;
  /** Where its id is. */
  readonly field: Field;
  /** Providers have several kinds of it, and an id is of one of them only. Its kind is else the name of its table. */
  readonly ofAnyKind?: boolean;
}

export interface PartyFields<T extends StatedTopic> {
  /** Numbers and mail addresses: by any of them the party is found. */
  readonly addresses: readonly StatedFieldOf<T>[];
  /** What is the party's besides. */
  readonly names?: readonly StatedFieldOf<T>[];
}

export interface PersonalList {
  readonly field: string;
  /** Also the name of its people as a party. */
  readonly column: string;
}

/** The same, of a topic that is no longer part of its type. */
export interface PersonalTable {
  readonly topic: StatedTopic;
  readonly parties: readonly PersonalParty[];
  readonly list: PersonalList | undefined;
  readonly texts: readonly string[];
  readonly follows: Followed<string> | undefined;
  /** As the statements name all that. */
  readonly columns: PersonalColumns;
  readonly follower: FollowerColumns | undefined;
}

export interface PersonalParty {
  readonly party: string;
  readonly addresses: readonly string[];
  readonly names: readonly string[];
}

/** What a service keeps of people: all tables that an erasure concerns. */
export function personalTable<T extends StatedTopic>(declaration: PersonalDeclaration<T>): PersonalTable {
  const { topic, parties = {}, list, texts = [], follows } = declaration;
  const table = topicEntry(topic).entity;
  const declared = Object.entries<PartyFields<T>>(parties).map(([party, { addresses, names = [] }]) => ({
    party,
    addresses,
    names,
  }));
  return {
    topic,
    parties: declared,
    list: list === undefined ? undefined : { field: list, column: columnOf(list) },
    texts,
    follows,
    columns: {
      table,
      parties: Object.fromEntries(
        declared.map(({ party, addresses, names }) => [party, [...addresses, ...names].map(columnOf)]),
      ),
      texts: texts.map(columnOf),
    },
    follower: follows === undefined ? undefined : followerOf(table, texts, follows),
  };
}

function followerOf(
  table: string,
  texts: readonly string[],
  { topic, field, ofAnyKind = false }: Followed<string>,
): FollowerColumns {
  const { entity } = topicEntry(topic);
  const kind = ofAnyKind ? undefined : entity;
  return { table, texts: texts.map(columnOf), follows: { table: entity, kind, column: columnOf(field) } };
}
