import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Generation, type Work } from './generation.ts';
import { Holds } from './holds.ts';
import { Lane } from './lane.ts';

function setUp() {
  const calls: string[] = [];
  const lane = new Lane<Work>({
    maxBytes: 1_000,
    maxBatchRecords: 10,
    process: () => Promise.resolve(),
    onFinished: () => undefined,
    onRelief: () => undefined,
    onFatal: () => undefined,
  });
  const generation = new Generation(
    [0, 1].map((partition) => ({ wireTopic: 't', topic: 't', partition, lane })),
    false,
  );
  const fetching = {
    pause: ([first]: { partitions: number[] }[]) => calls.push(`pause ${first?.partitions.join()}`),
    resume: ([first]: { partitions: number[] }[]) => calls.push(`resume ${first?.partitions.join()}`),
  };
  const [state] = generation.partitions();
  if (state === undefined) throw new Error('the generation has no partition');
  return { holds: new Holds(fetching, () => generation), generation, lane, state, calls };
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a hold on a partition', () => {
  it('lasts as long as any reason for it', () => {
    const { holds, state, calls } = setUp();

    holds.hold(state, 'bytes');
    holds.hold(state, 'tenant');
    holds.release(state, 'bytes');
    expect(calls).toEqual(['pause 0']);
    holds.release(state, 'tenant');

    expect(calls).toEqual(['pause 0', 'resume 0']);
  });

  it('is not ended twice, nor by a reason that does not hold', () => {
    const { holds, state, calls } = setUp();

    holds.hold(state, 'bytes');
    holds.release(state, 'due');
    holds.release(state, 'bytes');
    holds.release(state, 'bytes');

    expect(calls).toEqual(['pause 0', 'resume 0']);
  });

  it('until a record is due ends by itself, at the last time that was named', () => {
    const { holds, state, calls } = setUp();

    holds.holdFor(state, 1_000);
    holds.holdFor(state, 5_000);
    vi.advanceTimersByTime(4_999);
    expect(calls).toEqual(['pause 0']);
    vi.advanceTimersByTime(1);

    expect(calls).toEqual(['pause 0', 'resume 0']);
  });

  it('of a lane is one of each of its partitions', () => {
    const { holds, lane, calls } = setUp();

    holds.holdLane(lane);
    holds.releaseLane(lane);

    expect(calls).toEqual(['pause 0', 'pause 1', 'resume 0', 'resume 1']);
  });

  it('is only noted while the member joins again: kafkajs has nothing to pause then', () => {
    const { holds, generation, state, calls } = setUp();
    generation.isLeaving = true;

    holds.hold(state, 'bytes');
    holds.release(state, 'bytes');

    expect(calls).toEqual([]);
  });
});
