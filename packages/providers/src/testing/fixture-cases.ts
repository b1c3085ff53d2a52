import type { EventCodec } from '@trunkline/events';
import { beforeAll, expect, it } from 'vitest';
import { z } from 'zod';

import type { ProviderDefinition } from '../contract/provider.ts';
import { type Fixture, fixtureNameOf, listFixtures, loadFixture, withFreshIds } from '../fixtures.ts';
import { codecOfSchemas, portable } from './conformance.ts';
import { outcomeOfFixture, replayedFixture, sealedFixture } from './fixture-outcome.ts';

/** Every fixture of a provider, and that it has one for every event type it maps. */
export function describeFixtures<O>(definition: ProviderDefinition<O>): void {
  const names = listFixtures(definition.name);
  let codec: EventCodec;
  beforeAll(async () => {
    codec = await codecOfSchemas();
  });

  it('has a fixture for everything it maps, and one that it passes on', () => {
    const mapped = definition.eventTypes.filter(({ to }) => to !== 'integration.event.received');
    const told = names.map((name) => ({ name, types: expectedTypes(loadFixture(definition.name, name)) }));

    const missing = mapped.filter(
      ({ from, to }) => !told.some(({ name, types }) => isFixtureOf(name, from) && types.includes(to)),
    );
    const others = told.filter(({ types }) => types.includes('integration.event.received'));

    expect(missing).toEqual([]);
    expect(others).not.toEqual([]);
  });

  it('promises every type that its fixtures become', () => {
    const promised = new Set<string>(definition.eventTypes.map(({ to }) => to));

    const types = names.flatMap((name) => expectedTypes(loadFixture(definition.name, name)));

    expect(types.filter((type) => !promised.has(type))).toEqual([]);
  });

  it.for(names)('turns the fixture %s into exactly its expected events', (name) => {
    const fixture = loadFixture(definition.name, name);

    const outcome = outcomeOfFixture(definition, fixture);

    expect(
      fixture.expected,
      `${name}.events.json is missing: npx trunkline providers fixtures ${definition.name}`,
    ).toBeDefined();
    expect(outcome).toEqual(fixture.expected);
  });

  it.for(names)('turns the fixture %s into events that fit their schemas', (name) => {
    const fixture = loadFixture(definition.name, name);

    const sealed = sealedFixture(definition, fixture).events;

    for (const { topic, record } of sealed) expect(codec.decodeNow(topic, codec.encode(topic, record))).toEqual(record);
    expect(sealed).not.toEqual([]);
  });

  it.for(names)('turns the fixture %s into the same events when it is read from the archive', (name) => {
    const fixture = loadFixture(definition.name, name);

    expect(portable(replayedFixture(definition, fixture, codec))).toEqual(portable(sealedFixture(definition, fixture)));
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

/** `orders.paid` and `orders.paid.test` are fixtures of `orders/paid`. */
function isFixtureOf(name: string, from: string): boolean {
  const own = fixtureNameOf(from);
  return name === own || name.startsWith(`${own}.`);
}

const expectedFile = z.object({
  events: z.array(z.object({ record: z.object({ metadata: z.object({ type: z.string() }) }) })),
});

function expectedTypes({ expected }: Fixture): readonly string[] {
  // What a fixture without its expected file becomes is unknown; another case names the file.
  if (expected === undefined) return [];
  return expectedFile.parse(expected).events.map(({ record }) => record.metadata.type);
}
