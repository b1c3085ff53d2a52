import { type ErrorCode, errorTable } from '@trunkline/core';
import type { Metrics } from '@trunkline/runtime';

/** What a group stands still for: the code of a dependency, or that most keys fail alike. */
export type PausedFor = ErrorCode | 'most_keys_fail_alike';

const reasons: readonly PausedFor[] = [
  ...(Object.keys(errorTable) as ErrorCode[]) // The keys of the table are its codes.
    .filter((code) => errorTable[code].disposition === 'pause'),
  'most_keys_fail_alike',
];

/** Tells the metrics whether a group stands still, and what for: each reason all the time, 1 or 0. */
export function pausedGauge(
  metrics: Pick<Metrics, 'gauges'>,
  group: string,
  pausedFor: () => PausedFor | undefined,
): void {
  metrics.gauges('consumer_paused', () => {
    const now = pausedFor();
    return reasons.map((reason) => ({ labels: { group, reason }, value: reason === now ? 1 : 0 }));
  });
}
