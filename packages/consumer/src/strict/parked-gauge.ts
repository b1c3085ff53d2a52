import { classify, TrunklineError } from '@trunkline/core';
import { type Database, measureParked, type ParkedSize } from '@trunkline/postgres';

import type { ConsumerLimits } from '../limits.ts';

/** How much waits behind failing events. */
export interface ParkedGauge {
  /** Measures. An outage is for others to notice: what was measured last stays. */
  look(signal: AbortSignal): Promise<void>;
  /** Throws `parked_full` while as much waits as may: the group pauses. */
  refuseWhenFull(): void;
}

export function createParkedGauge(
  database: Database,
  limits: Pick<ConsumerLimits, 'parkedPerGroup' | 'parkedBytes'>,
): ParkedGauge {
  let size: ParkedSize = { keys: 0, waiting: 0, waitingBytes: 0 };
  return {
    async look(signal) {
      try {
        size = await measureParked(database, signal);
      } catch (thrown) {
        if (classify(thrown).code !== 'dependency_unavailable') throw thrown;
      }
    },
    refuseWhenFull() {
      const { keys, waiting, waitingBytes } = size;
      if (waiting < limits.parkedPerGroup && waitingBytes < limits.parkedBytes) return;
      throw new TrunklineError(
        'parked_full',
        `${waiting} events (${waitingBytes} bytes) wait in ${keys} keys of ${database.schema}, as many as may: ` +
          `see trunkline keys list ${database.schema}`,
      );
    },
  };
}

/** For a group that keeps nothing in order. */
export const noParkedGauge: ParkedGauge = { look: () => Promise.resolve(), refuseWhenFull: () => undefined };
