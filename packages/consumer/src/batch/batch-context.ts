import type { Clock } from '@trunkline/core';
import type { EventCodec } from '@trunkline/events';
import type { Database } from '@trunkline/postgres';

import type { CopyPublisher } from '../failures/publish-copy.ts';
import type { RetryTier } from '../failures/tiers.ts';
import type { FirstFilter } from '../first-filter/first-filter.ts';
import type { HandlerTable } from '../handler.ts';
import type { ConsumerLimits } from '../limits.ts';
import type { Outbox } from '../outbox.ts';
import type { Pause } from '../safety/pause.ts';
import type { ReleaseGate } from '../safety/release-gate.ts';
import type { Watchdog } from '../safety/watchdog.ts';
import type { ParkedGauge } from '../strict/parked-gauge.ts';
import type { DecodedRecord } from './decode.ts';
import type { Attempt, Finish } from './report.ts';

/** What the batches of a group share. */
export interface BatchContext {
  readonly group: string;
  readonly handlers: HandlerTable;
  readonly codec: EventCodec;
  readonly database: Database;
  readonly copies: CopyPublisher;
  readonly firstFilter: FirstFilter;
  readonly outbox: Outbox;
  readonly parkedGauge: ParkedGauge;
  readonly tiers: readonly RetryTier[];
  readonly limits: ConsumerLimits;
  readonly pause: Pause;
  readonly releaseGate: ReleaseGate;
  readonly watchdog: Watchdog;
  readonly clock: Clock;
  readonly report: (attempt: Attempt, finish: Finish) => void;
  /** Of a record that no handler wants. */
  readonly ignore: (decoded: DecodedRecord) => void;
}
