import { TrunklineError } from '@trunkline/core';

import type { BatchLimits } from '../publish/batcher.ts';
import type { SendOutcome } from '../publish/send-lane.ts';

export const acknowledged: SendOutcome = { kind: 'acknowledged' };
export const failed: SendOutcome = { kind: 'failed', error: new Error('connection lost') };

/** How a call ended: acknowledged, or the code of its error. */
export function codeOf(published: Promise<void>): Promise<unknown> {
  return published.then(
    () => 'acknowledged',
    (error: unknown) => (error instanceof TrunklineError ? error.code : error),
  );
}

export const limits: BatchLimits = {
  maxWaitingBytes: 1_000_000,
  maxBatchRecords: 3,
  maxBatchBytes: 10_000,
  lingerMs: 3,
  maxRecordBytes: () => 50_000,
};

export const minute = { deadlineMs: 60_000 };
