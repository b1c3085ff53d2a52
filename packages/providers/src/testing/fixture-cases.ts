import type { EventCodec } from '@trunkline/events';
import { beforeAll, expect, it } from 'vitest';

import type { ProviderDefinition } from '../contract/provider.ts';
import { type Fixture, fixtureNameOf, listFixtures, loadFixture, withFreshIds } from '../fixtures.ts';
import { codecOfSchemas } from './conformance.ts';
import { outcomeOfFixture, sealedFixture } from './fixture-outcome.ts';

/** Every fixture of a provider, and that it has one for every event type it maps. */
export function describeFixtures<O>(definition: ProviderDefinition<O>): void {
  const names = listFixtures(definition.name);
  let codec: EventCodec;
  beforeAll(async () => {
    codec = await codecOfSchemas();
  });

  it('has a fixture for every event type it maps, and one that it passes on', () => {
    const mapped = definition.eventTypes.map(({ from }) => fixtureNameOf(from)).filter((from) => from !== '*');

    const missing = mapped.filter((from) => !names.includes(from));
    const others = names.filter((name) => !mapped.includes(name));

    expect(missing).toEqual([]);
    expect(others).not.toEqual([]);
  });

  it.for(names)('turns the fixture %s into exactly its expected events', (name) => {
    const fixture = loadFixture(definition.name, name);

    const outcome = outcomeOfFixture(definition, fixture);

    expect(fixture.expected, `${name}.events.json is missing`).toBeDefined();
    expect(outcome).toEqual(fixture.expected);
  });

  it.for(names)('turns the fixture %s into events that fit their schemas', (name) => {
    const fixture = loadFixture(definition.name, name);

    const sealed = sealedFixture(definition, fixture).events;

    for (const { topic, record } of sealed) expect(codec.decodeNow(topic, codec.encode(topic, record))).toEqual(record);
    expect(sealed).not.toEqual([]);
  });

  it.for(names)('tells the story of the fixture %s again under fresh ids', (name) => {
    const fixture = loadFixture(definition.name, name);
    const idsOf = (told: Fixture): readonly string[] =>
      sealedFixture(definition, told).events.map((event) => `${event.eventId} ${event.subject}`);

    const again = idsOf(withFreshIds(fixture, 'Again'));

    expect(fixture.freshIds).not.toEqual([]);
    expect(again).not.toEqual(idsOf(fixture));
  });
}
