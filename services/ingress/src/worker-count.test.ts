import { describe, expect, it } from 'vitest';

import { workerCount } from './worker-count.ts';

const gibibyte = 1024 ** 3;

describe('the number of workers', () => {
  it.each([
    { cores: 1, memoryBytes: 16 * gibibyte, workers: 1 },
    { cores: 2, memoryBytes: 16 * gibibyte, workers: 1 },
    { cores: 8, memoryBytes: 16 * gibibyte, workers: 7 },
    { cores: 8, memoryBytes: gibibyte, workers: 4 },
    { cores: 8, memoryBytes: gibibyte / 8, workers: 1 },
  ])('that `auto` means on $cores cores and $memoryBytes bytes is $workers', ({ workers, ...machine }) => {
    expect(workerCount('auto', machine)).toBe(workers);
  });

  it('is what was asked for otherwise', () => {
    expect(workerCount(3, { cores: 1, memoryBytes: gibibyte })).toBe(3);
  });
});
