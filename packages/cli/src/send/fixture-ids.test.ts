import { type ProviderDefinition, providers, Secret } from '@trunkline/providers';
import { listFixtures, loadFixture, requestOf } from '@trunkline/providers/fixtures';
import { describe, expect, it } from 'vitest';

import { eventIdsOf, fixtureIdsOf } from './fixture-ids.ts';
import { withFreshIds } from './fresh-ids.ts';

const catalogue: readonly ProviderDefinition[] = providers;
const cases = catalogue.flatMap((provider) => listFixtures(provider.name).map((name) => ({ provider, name })));

describe('a fixture that is sent twice', () => {
  it.each(cases.map(({ provider, name }) => [provider.name, name, provider] as const))(
    'is two events: %s %s',
    (_, name, provider) => {
      const { unsigned, freshIds, source, nowMs } = sourceOf(provider, name);
      const ids = fixtureIdsOf(source, { unsigned, freshIds }, nowMs);

      const [first, second] = [1, 2].map((delivery) => {
        const signed = provider.sign(withFreshIds(unsigned, ids, undefined), source.settings, nowMs);
        return eventIdsOf(source, signed, { nowMs, deliveryId: deliveryIdOf(delivery) });
      });

      expect(first).not.toEqual([]);
      expect(second).toHaveLength(first?.length ?? 0);
      expect(first?.filter((id) => second?.includes(id))).toEqual([]);
    },
  );
});

function sourceOf(provider: ProviderDefinition, name: string) {
  const { account, options, freshIds, receivedAtMs, ...fixture } = loadFixture(provider.name, name);
  const settings = {
    sourceId: 'src_fixture',
    tenantId: 'tnt_fixture',
    ...(account === undefined ? {} : { account }),
    secrets: [new Secret(provider.secrets.generate())],
    options: provider.options.parse(options ?? {}),
  };
  const request = requestOf(
    { ...fixture, account, options, freshIds, receivedAtMs },
    'https://hooks.example.com/hooks/x',
  );
  return { unsigned: request, freshIds, source: { provider, settings }, nowMs: receivedAtMs };
}

/** What the ingress answers: another one for each delivery, and the id of events that have none of their own. */
function deliveryIdOf(delivery: number): string {
  return `dlv_${String(delivery).padStart(32, '0')}`;
}
