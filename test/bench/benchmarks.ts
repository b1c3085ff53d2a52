/** Every benchmark there is, in the order of the page. */
import { asking } from './asking.ts';
import type { Benchmark } from './benchmark.ts';
import { calls } from './calls.ts';
import { care } from './care.ts';
import { consumer } from './consumer.ts';
import { deliveries } from './deliveries.ts';
import { deliveryFairness } from './delivery-fairness.ts';
import { deliveryGrowth } from './delivery-growth.ts';
import { deliveryLatency } from './delivery-latency.ts';
import { endToEnd } from './end-to-end.ts';
import { growth } from './growth.ts';
import { hostile } from './hostile.ts';
import { ingress } from './ingress.ts';
import { journal } from './journal.ts';
import { latency } from './latency.ts';
import { ledger } from './ledger.ts';
import { letters } from './letters.ts';
import { ordered } from './ordered.ts';
import { overhead } from './overhead.ts';
import { produce } from './produce.ts';
import { providerCost } from './providers.ts';
import { recovery } from './recovery.ts';
import { relay } from './relay.ts';
import { search } from './search.ts';
import { sizes } from './sizes.ts';
import { timeline } from './timeline.ts';

export const benchmarks: readonly Benchmark[] = [
  ingress,
  produce,
  consumer,
  relay,
  asking,
  latency,
  endToEnd,
  recovery,
  growth,
  overhead,
  sizes,
  providerCost,
  care,
  hostile,
  calls,
  ledger,
  ordered,
  timeline,
  journal,
  search,
  letters,
  deliveries,
  deliveryLatency,
  deliveryFairness,
  deliveryGrowth,
];
