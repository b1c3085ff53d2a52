/** Every benchmark there is, in the order of the page. */
import type { Benchmark } from './benchmark.ts';
import { care } from './care.ts';
import { consumer } from './consumer.ts';
import { endToEnd } from './end-to-end.ts';
import { hostile } from './hostile.ts';
import { ingress } from './ingress.ts';
import { latency } from './latency.ts';
import { overhead } from './overhead.ts';
import { produce } from './produce.ts';
import { providerCost } from './providers.ts';

export const benchmarks: readonly Benchmark[] = [
  ingress,
  produce,
  consumer,
  latency,
  endToEnd,
  overhead,
  providerCost,
  care,
  hostile,
];
