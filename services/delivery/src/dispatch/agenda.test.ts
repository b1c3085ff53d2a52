import { endpointIdOfUuid } from '@trunkline/delivery';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { loadedTask } from '../testing/loaded-task.ts';
import { type Agenda, createAgenda } from './agenda.ts';
import { dequeue, enqueue, type Lane, newLane } from './lane.ts';

let agenda: Agenda;
let due: number;
beforeEach(() => {
  vi.useFakeTimers();
  due = 0;
  agenda = createAgenda({ onDue: () => (due += 1) });
});
afterEach(() => {
  agenda.stop();
  vi.useRealTimers();
});

const memory = { queuedBytes: 0 };
let lanes = 0;

/** Of an endpoint that is enabled and known, with so many tasks. */
function laneWith(tasks: number, given: Partial<Lane> = {}): Lane {
  lanes += 1;
  const endpointUuid = `00000000-0000-7000-8000-${String(lanes).padStart(12, '0')}`;
  const lane = newLane(
    { endpointId: endpointIdOfUuid(endpointUuid), endpointUuid, tenantId: 'tnt_a', shard: 0 },
    memory,
  );
  Object.assign(lane, {
    state: 'enabled',
    lookAtMs: Number.POSITIVE_INFINITY,
    opened: { endpoint: undefined, host: '', secrets: [], flaw: undefined },
    ...given,
  });
  for (let nth = 0; nth < tasks; nth += 1) enqueue(lane, loadedTask(String(nth)));
  agenda.place(lane);
  return lane;
}

/** As whoever sends does. */
function sendNext(): Lane | undefined {
  const [lane] = agenda.nextToSend('unproven');
  if (lane === undefined) return undefined;
  dequeue(lane);
  lane.inFlight += 1;
  agenda.place(lane);
  return lane;
}

describe('the agenda of lanes', () => {
  it('gives each its turn, however much one of them has', () => {
    const busy = laneWith(3, { window: 8 });
    const other = laneWith(1);

    expect([sendNext(), sendNext(), sendNext(), sendNext(), sendNext()]).toEqual([busy, other, busy, busy, undefined]);
  });

  it('has one that has all its requests under way again when one of them is answered', () => {
    const lane = laneWith(2, { window: 1 });

    expect([sendNext(), sendNext()]).toEqual([lane, undefined]);
    lane.inFlight -= 1;
    agenda.place(lane);
    expect(sendNext()).toBe(lane);
  });

  it('leaves out one that is held, and tells when its time has come', () => {
    const lane = laneWith(1, { heldUntilMs: performance.now() + 1_000 });

    expect(sendNext()).toBeUndefined();
    vi.advanceTimersByTime(999);
    expect([due, sendNext()]).toEqual([0, undefined]);
    vi.advanceTimersByTime(1);
    expect([due, sendNext()]).toEqual([1, lane]);
  });

  it('has one to be loaded when there may be something, and not before', () => {
    const now = laneWith(0, { lookAtMs: 0 });
    const later = laneWith(0, { lookAtMs: performance.now() + 500 });

    expect(agenda.nextToLoad(10)).toEqual([now]);
    vi.advanceTimersByTime(500);
    expect(agenda.nextToLoad(10)).toEqual([later]);
  });

  it('goes by the earlier time where it is told of another one', () => {
    const lane = laneWith(0, { lookAtMs: performance.now() + 60_000 });
    lane.lookAtMs = performance.now() + 10;
    agenda.place(lane);

    vi.advanceTimersByTime(10);

    expect([due, agenda.nextToLoad(10)]).toEqual([1, [lane]]);
  });

  it('has an endpoint that is not known yet read before anything is loaded or sent for it', () => {
    const lane = laneWith(1, { lookAtMs: 0, opened: undefined });

    expect([sendNext(), agenda.nextToLoad(1), agenda.nextToOpen(1)]).toEqual([undefined, [], [lane]]);
  });

  it('has nothing to do for one that is disabled', () => {
    laneWith(1, { lookAtMs: 0, state: 'disabled' });

    expect([sendNext(), agenda.nextToLoad(1), agenda.nextToOpen(1)]).toEqual([undefined, [], []]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('tells nobody anything any more when it is stopped', () => {
    laneWith(0, { lookAtMs: performance.now() + 10 });
    agenda.stop();

    vi.advanceTimersByTime(20);

    expect([due, vi.getTimerCount()]).toEqual([0, 0]);
  });
});
