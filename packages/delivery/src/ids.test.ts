import { describe, expect, it } from 'vitest';

import { endpointIdOf, endpointIdOfUuid, endpointUuid, newEndpointId, shardOf } from './ids.ts';

describe('the id of an endpoint', () => {
  it('sorts by its time, and is a uuid in Postgres', () => {
    const ids = [newEndpointId(1_772_619_632_250), newEndpointId(1_772_619_632_251)];

    expect(ids.toSorted()).toEqual(ids);
    expect(ids.map(endpointUuid).map(endpointIdOfUuid)).toEqual(ids);
    expect(endpointUuid(ids[0] ?? 'ep_')).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  it('is in one shard for ever: the first byte of its SHA-256', () => {
    expect(shardOf('ep_0193512b1c7b7d2e8f11223344556677')).toBe(205);
  });

  it.each(['', 'ep_', 'ep_0193512B1C7B7D2E8F11223344556677', 'evt_0193512b1c7b7d2e8f11223344556677'])(
    'is not %j',
    (text) => {
      expect(() => endpointIdOf(text)).toThrow(/ep_ and 32 hexadecimal digits/);
    },
  );
});
