import { type EndpointId, endpointIdOfUuid } from '@trunkline/delivery';
import { describe, expect, it } from 'vitest';

import { deliveryLimits } from '../limits.ts';
import { loadedTask } from '../testing/loaded-task.ts';
import { dequeue, isHungry, type Lane } from './lane.ts';
import { createLanes, type Lanes } from './lanes.ts';

const { maxBodyBytes, maxLoadedBytes, laneShare } = deliveryLimits;
/** The largest message that there is, many times the same bytes. */
const largest = Buffer.alloc(maxBodyBytes);
let made = 0;

/** Lanes of endpoints that nothing is known to wait for, and what became of each. */
function lanesOf(count: number): {
  readonly lanes: Lanes;
  readonly ids: readonly EndpointId[];
  readonly laneOf: (id: EndpointId) => Lane;
} {
  const placed = new Map<EndpointId, Lane>();
  const lanes = createLanes({ agenda: { place: (lane) => placed.set(lane.endpointId, lane) }, owns: () => true });
  const ids = Array.from({ length: count }, (_, nth) => {
    const endpointUuid = `00000000-0000-7000-8000-${String(nth).padStart(12, '0')}`;
    const endpointId = endpointIdOfUuid(endpointUuid);
    const route = {
      endpointId,
      endpointUuid,
      tenantId: 'tnt_a',
      shard: 0,
      state: 'enabled',
      revision: 1,
      ordered: false,
    } as const;
    lanes.learn(route);
    return endpointId;
  });
  const laneOf = (id: EndpointId): Lane => {
    const lane = placed.get(id);
    if (lane === undefined) throw new Error('nothing became of it');
    return lane;
  };
  return { lanes, ids, laneOf };
}

function give(lanes: Lanes, endpointId: EndpointId, body: Buffer): void {
  made += 1;
  lanes.take([{ endpointId, shard: 0, task: loadedTask(String(made), body) }]);
}

describe('the memory of all endpoints', () => {
  it('is never had by those alone that take nothing, however many and large their messages are', () => {
    const sick = 300;
    const { lanes, ids, laneOf } = lanesOf(sick + 1);
    const healthy = ids.at(-1);
    if (healthy === undefined) throw new Error('there is one');

    for (const id of ids.slice(0, sick)) for (let nth = 0; nth < 80; nth += 1) give(lanes, id, largest);
    give(lanes, healthy, Buffer.alloc(1_024));
    give(lanes, healthy, Buffer.alloc(1_024));

    expect(laneOf(healthy).queue).toHaveLength(2);
    expect(maxLoadedBytes - laneOf(healthy).memory.queuedBytes).toBeGreaterThanOrEqual(maxBodyBytes);
  });

  it('is had by one to its share, and what does not fit is looked for when half of that is gone', () => {
    const { lanes, ids, laneOf } = lanesOf(1);
    const [id] = ids;
    if (id === undefined) throw new Error('there is one');

    for (let nth = 0; nth < 200; nth += 1) give(lanes, id, largest);
    const lane = laneOf(id);
    const full = lane.queuedBytes;

    expect(full).toBeGreaterThan(maxLoadedBytes * (laneShare / (1 + laneShare)) * 0.9);
    expect(full).toBeLessThanOrEqual(maxLoadedBytes * laneShare);
    expect(lane.lookAtMs).toBeLessThan(Number.POSITIVE_INFINITY);
    expect(isHungry(lane)).toBe(false);
    while (lane.queuedBytes > full / 2) dequeue(lane);
    expect(isHungry(lane)).toBe(true);
    while (dequeue(lane) !== undefined);
    expect([lane.queuedBytes, lane.memory.queuedBytes]).toEqual([0, 0]);
  });
});
