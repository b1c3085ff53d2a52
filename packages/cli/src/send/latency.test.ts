import { describe, expect, it } from 'vitest';

import { latencyOf } from './latency.ts';

describe('latency', () => {
  it('is told by durations that really happened', () => {
    const durations = Array.from({ length: 100 }, (_, index) => 100 - index);

    expect(latencyOf(durations)).toEqual({ p50Ms: 50, p99Ms: 99, maxMs: 100 });
    expect(latencyOf([7])).toEqual({ p50Ms: 7, p99Ms: 7, maxMs: 7 });
    expect(latencyOf([])).toBeUndefined();
  });
});
