import type { SealedEvent } from '@trunkline/events';
import { expect, it } from 'vitest';

import type { ProviderDefinition } from '../contract/provider.ts';
import { type Fixture, listFixtures, loadFixture } from '../fixtures.ts';
import { type SealedFixture, sealedFixture } from './fixture-outcome.ts';

/** Later than any provider's first repeats, and within what the signatures of all of them allow. */
const repeatedAfterMs = 240_000;

/** What ids promise, over all fixtures of a provider: they tell messages apart, know repeats again and agree on objects. */
export function describeIdentity<O>(definition: ProviderDefinition<O>): void {
  it('gives no two of its fixtures one event id', () => {
    expect(sharedEventIds(definition)).toEqual([]);
  });

  it('gives one account and kind to all messages of one object', () => {
    expect(dividedEntities(definition)).toEqual([]);
  });

  it.for(listFixtures(definition.name))(
    'knows the fixture %s when it is sent again, or says that it cannot',
    (name) => {
      const fixture = loadFixture(definition.name, name);
      const first = sealedFixture(definition, fixture);

      const again = sealedFixture(definition, { ...fixture, receivedAtMs: fixture.receivedAtMs + repeatedAfterMs }, 2);

      const isKnown = idsOf(first).join() === idsOf(again).join();
      expect({ isKnown, verdict: first.verdict }).not.toEqual({ isKnown: false, verdict: 'normalised' });
    },
  );
}

/** Event ids that several fixtures have, with the names of those. */
function sharedEventIds<O>(definition: ProviderDefinition<O>): readonly string[] {
  return bySource(definition).flatMap((told) => {
    const fixturesOf = groupedBy(
      told.flatMap(({ fixture, outcome }) => outcome.events.map((event) => [event.eventId, fixture.event] as const)),
    );
    return [...fixturesOf].flatMap(([id, names]) => (names.length > 1 ? [`${id}: ${names.join(', ')}`] : []));
  });
}

/** Things of their own that have no id but that of what they belong to: the reversal of a sale, a subscription's next invoice. */
const borrowingKinds: readonly string[] = ['reversal', 'upcoming_invoice'];

/** Objects that are known under several accounts or kinds, by the id they have in all of them. */
function dividedEntities<O>(definition: ProviderDefinition<O>): readonly string[] {
  return bySource(definition).flatMap((told) => {
    const keysOf = groupedBy(
      told.flatMap(({ outcome }) =>
        outcome.events
          .filter(({ record }) => !borrowingKinds.includes(record.metadata.entityKind))
          .map((event) => [idOf(event), keyOf(event)] as const),
      ),
    );
    return [...keysOf].flatMap(([id, keys]) =>
      new Set(keys).size > 1 ? [`${id}: ${[...new Set(keys)].join(', ')}`] : [],
    );
  });
}

interface Told {
  readonly fixture: Fixture;
  readonly outcome: SealedFixture;
}

/** A source has one set of options and one account, so only fixtures of one set can meet in it. */
function bySource<O>(definition: ProviderDefinition<O>): readonly (readonly Told[])[] {
  const fixtures = listFixtures(definition.name).map((name) => loadFixture(definition.name, name));
  const told = fixtures.map((fixture, index): readonly [string, Told] => [
    JSON.stringify([fixture.options, fixture.account]),
    { fixture, outcome: sealedFixture(definition, fixture, index + 1) },
  ]);
  return [...groupedBy(told).values()];
}

function idsOf(outcome: SealedFixture): readonly string[] {
  return outcome.events.map(({ eventId }) => eventId);
}

function idOf({ record }: SealedEvent): string {
  return record.metadata.entityId;
}

function keyOf({ record }: SealedEvent): string {
  return `${record.metadata.account} ${record.metadata.entityKind}`;
}

function groupedBy<V>(pairs: readonly (readonly [key: string, value: V])[]): ReadonlyMap<string, readonly V[]> {
  const groups = Map.groupBy(pairs, ([key]) => key);
  return new Map([...groups].map(([key, group]) => [key, group.map(([, value]) => value)]));
}
