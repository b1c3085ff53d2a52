import type { Clock } from '@trunkline/core';
import type { EventCodec } from '@trunkline/events';
import type { Database } from '@trunkline/postgres';

import type { FirstFilter } from './first-filter.ts';
import type { HandlerTable } from './handler.ts';
import type { ConsumerLimits } from './limits.ts';
import type { Pause } from './pause.ts';
import type { CopyPublisher } from './publish-copy.ts';
import type { ReleaseGate } from './release-gate.ts';
import type { Attempt, Finish } from './report.ts';
import type { RetryTier } from './tiers.ts';
import type { Watchdog } from './watchdog.ts';

/** What the batches of a group share. */
export interface BatchContext {
  readonly group: string;
  readonly handlers: HandlerTable;
  readonly codec: EventCodec;
  readonly database: Database;
  readonly copies: CopyPublisher;
  readonly firstFilter: FirstFilter;
  readonly tiers: readonly RetryTier[];
  readonly limits: ConsumerLimits;
  readonly pause: Pause;
  readonly releaseGate: ReleaseGate;
  readonly watchdog: Watchdog;
  readonly clock: Clock;
  readonly report: (attempt: Attempt, finish: Finish) => void;
}
