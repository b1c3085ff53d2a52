/** What only shows between the people, phones and sources of a file. */
import { suggestion } from '../nearest.ts';
import { type DocumentPath, type Finding, quoted } from '../problem.ts';
import { isReference } from '../reference.ts';
import type { Placed } from './check.ts';
import type { OperatorEntry } from './operator.ts';
import { numberWithCountry, type PersonEntry } from './person.ts';
import type { PhoneEntry } from './phone.ts';
import { isTemplate, type Template } from './templates.ts';

type PlacedPhones = readonly Placed<PhoneEntry>[];

interface Named {
  readonly list: 'owners' | 'sources';
  readonly what: string;
  readonly tenantOf: ReadonlyMap<string, string | undefined>;
}

/** Owners and sources that are not there, stand there twice, or are another tenant's. */
export function foreignParts(phones: PlacedPhones, { list, what, tenantOf }: Named): readonly Finding[] {
  const known = new Map<string, readonly string[]>();
  const knownIn = (tenant: string): readonly string[] => {
    const ids = known.get(tenant) ?? [...tenantOf].flatMap(([id, of]) => (of === tenant ? [id] : []));
    known.set(tenant, ids);
    return ids;
  };
  return phones.flatMap(({ entry, path }) => {
    const ids: readonly string[] = entry[list];
    return ids.flatMap((id, index): Finding[] => {
      const place: DocumentPath = [...path, list, index];
      if (ids.indexOf(id) !== index) return [mistake(place, `${quoted(id)} stands there twice`, 'keep one of the two')];
      if (!tenantOf.has(id))
        return [mistake(place, `there is no ${what} ${quoted(id)}`, suggestion(id, knownIn(entry.tenant)))];
      const tenant = tenantOf.get(id);
      // Without one it has a mistake of its own.
      if (tenant === undefined || tenant === entry.tenant) return [];
      const message = `${quoted(id)} is a ${what} of the tenant ${quoted(tenant)}, and the phone one of ${quoted(entry.tenant)}`;
      return [mistake(place, message, suggestion(id, knownIn(entry.tenant)))];
    });
  });
}

/** A number or a source leads to one phone of its tenant, or nobody could say whose owners to tell. */
export function doubledSourcesAndNumbers(phones: PlacedPhones): readonly Finding[] {
  const holders = new Map<string, string>();
  return phones.flatMap(({ entry, path }) => {
    const held = (list: 'numbers' | 'sources', index: number, name: string): readonly Finding[] => {
      const key = JSON.stringify([entry.tenant, list, name]);
      const holder = holders.get(key);
      if (holder === undefined) holders.set(key, entry.id);
      // A source that stands twice at one phone is told of with the owners that do.
      if (holder === undefined || (holder === entry.id && list === 'sources')) return [];
      const what = list === 'numbers' ? 'the number' : 'the source';
      return [mistake([...path, list, index], `${what} belongs to ${quoted(holder)} already`, 'keep it in one place')];
    };
    return [
      ...entry.numbers.flatMap((text, index) => held('numbers', index, numberKey(text))),
      ...entry.sources.flatMap((id, index) => held('sources', index, id)),
    ];
  });
}

/** What a reference leads to shows when it is read; two that are equal lead to the same. */
function numberKey(text: string): string {
  return isReference(text) ? text : (numberWithCountry(text) ?? text);
}

/** Every owner of a phone has at least one of the channels by which the owners are told. */
export function unreachableOwners(
  phones: PlacedPhones,
  people: readonly Placed<PersonEntry>[],
  listed: readonly unknown[],
): readonly Finding[] {
  const byId = new Map(people.map(({ entry }) => [entry.id, entry]));
  // Of a person with mistakes nobody knows the channels.
  if (people.length < listed.length) return [];
  return phones.flatMap(({ entry, path }) => {
    const owners = entry.owners.flatMap((id) => byId.get(id) ?? []);
    const channelNames = new Set(owners.flatMap(({ channels }) => channels.map(({ id }) => id)));
    return told(entry).flatMap(([template, wanted]): readonly Finding[] => {
      const place: DocumentPath = [...path, 'tell', template];
      if (entry.owners.length === 0)
        return [
          mistake(place, 'the phone has no owner who could be told', 'add its owners, such as owners: [per_ada]'),
        ];
      const unknown = wanted.flatMap((name, index): Finding[] => {
        if (channelNames.has(name) || owners.length < entry.owners.length) return [];
        const message = `no owner of the phone has a channel ${quoted(name)}`;
        return [mistake([...place, index], message, suggestion(name, [...channelNames]))];
      });
      if (unknown.length > 0) return unknown;
      return owners
        .filter(({ channels }) => !channels.some(({ id }) => wanted.includes(id)))
        .map(({ id }) => {
          const message = `the owner ${quoted(id)} has none of these channels, so would not be told`;
          return mistake(place, message, `give ${id} one of them (channels), or list one that ${id} has`);
        });
    });
  });
}

/** Every operator is a person of the file and has the channels by which they are told; nobody stands there twice. */
export function unreachableOperators(
  operators: readonly Placed<OperatorEntry>[],
  people: readonly Placed<PersonEntry>[],
  listed: readonly unknown[],
): readonly Finding[] {
  const byId = new Map(people.map(({ entry }) => [entry.id, entry]));
  const seen = new Set<string>();
  return operators.flatMap(({ entry, path }): readonly Finding[] => {
    const { person: id, channels } = entry;
    if (seen.has(id)) return [mistake([...path, 'person'], `${quoted(id)} stands there twice`, 'keep one of the two')];
    seen.add(id);
    const person = byId.get(id);
    if (person === undefined) {
      // One with mistakes is there all the same.
      if (people.length < listed.length) return [];
      return [mistake([...path, 'person'], `there is no person ${quoted(id)}`, suggestion(id, [...byId.keys()]))];
    }
    const own = person.channels.map((channel) => channel.id);
    return channels.flatMap((name, index): Finding[] => {
      if (own.includes(name)) return [];
      const message = `${quoted(id)} has no channel ${quoted(name)}`;
      return [mistake([...path, 'channels', index], message, suggestion(name, own))];
    });
  });
}

export function told({ tell }: Pick<PhoneEntry, 'tell'>): readonly (readonly [Template, readonly string[]])[] {
  return Object.entries(tell).flatMap(([name, wanted]): (readonly [Template, readonly string[]])[] =>
    isTemplate(name) && wanted !== undefined ? [[name, wanted]] : [],
  );
}

function mistake(path: DocumentPath, message: string, fix: string): Finding {
  return { path, at: 'value', message, fix };
}
