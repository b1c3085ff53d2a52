import { type ErrorCode, isDeliveryId, type TrunklineError } from '@trunkline/core';
import type { RecordViews } from '@trunkline/events';
import {
  type DeliveryToPlan,
  type JobLease,
  jobLimits,
  keepReplay,
  type LeasedReplay,
  moveReplay,
  planReplay,
  releaseReplay,
  withReplay,
} from '@trunkline/journal';
import type { KafkaConnection } from '@trunkline/kafka';
import type { GroupPlan } from '@trunkline/operations';
import { archiveTopic, scanArchive } from '@trunkline/operations/replay';
import { type Database, leaseLost, takeTurns } from '@trunkline/postgres';
import type { Logger } from '@trunkline/runtime';

import { holdLease } from '../jobs/hold-lease.ts';
import { replayLimits } from './limits.ts';
import { decideReplay, endReplay } from './phases.ts';
import { createPublishing } from './publishing.ts';
import type { ReplayTools } from './tools.ts';

export interface ReplayWork {
  readonly database: Database;
  readonly kafka: KafkaConnection;
  readonly views: RecordViews;
  /** Opened with the first replay, and anew with each. */
  readonly tools: () => Promise<ReplayTools>;
  /** Those that take what is published. */
  readonly groups: readonly GroupPlan[];
  readonly lease: JobLease;
  readonly log: Logger;
  /** Of the process: the replay is given back. */
  readonly stopping: AbortSignal;
}

/** A turn that had nothing to publish. */
const idleMs = 200;

/** Failures that waiting does not cure end the replay. */
const hopeless: ReadonlySet<ErrorCode> = new Set(['config_invalid', 'payload_too_large']);

/**
 * Works on one replay until it ends, is lost to another process, or this one stops. Everything that it has to know stands
 * in its row and its plan, so whoever comes next goes on from there. Never rejects.
 */
export async function runReplay(work: ReplayWork): Promise<void> {
  const { database, lease, log, stopping } = work;
  const keep = (signal: AbortSignal): Promise<boolean> => keepReplay(database, lease, signal);
  const release = (pauseMs: number): Promise<void> => releaseReplay(database, lease, pauseMs);
  await holdLease({ lease, keep, release, log, stopping }, (signal) => takeReplayTurns(work, signal));
}

async function takeReplayTurns(work: ReplayWork, signal: AbortSignal): Promise<number> {
  const { database, lease, log, groups } = work;
  let tools: Promise<ReplayTools> | undefined;
  const opened = (): Promise<ReplayTools> => (tools ??= work.tools());
  const publishing = createPublishing({ ...work, tools: opened }, signal);

  /** The wait until the next turn, milliseconds; undefined: there is none. */
  async function turn(): Promise<number | undefined> {
    const found = await withReplay(database, lease, (tx, replay) => decideReplay(tx, replay, groups), signal);
    if (found === leaseLost) return undefined;
    switch (found.next) {
      case 'over':
        return undefined;
      case 'plan':
        (await opened()).sources(found.replay.source);
        await plan(work, found.replay, signal);
        return 0;
      case 'publish':
        return await publishing.publish(found.replay);
      case 'wait':
        return idleMs;
      case 'again':
        return 0;
    }
  }

  /** Says why it stands, and ends it where waiting does not help. */
  async function tell({ code, message }: TrunklineError): Promise<void> {
    tools = undefined;
    await publishing.forget();
    await withReplay(
      database,
      lease,
      async (tx, replay) => {
        if (hopeless.has(code)) await endReplay(tx, replay, { ending: 'failed', reason: message });
        else await moveReplay(tx, replay, { reason: `it waits: ${message}` });
      },
      signal,
    );
  }

  try {
    await takeTurns({
      turn,
      async onFailed(error) {
        log.warn({ event: 'job.waiting', jobId: lease.id, code: error.code, reason: error.message }, 'a replay waits');
        await tell(error).catch(() => undefined);
      },
      limits: jobLimits,
      signal,
    });
  } finally {
    await publishing.forget();
  }
  return 0;
}

/** Reads the archive once and freezes which deliveries it is about. Cut off before its end it is made anew. */
async function plan(
  { database, kafka, views, lease }: ReplayWork,
  { source: sourceId, sinceMs, untilMs, verdicts }: LeasedReplay,
  signal: AbortSignal,
): Promise<void> {
  const view = views.ofRecord(archiveTopic, ['deliveryId', 'receivedAt', 'sourceId', 'verdict', 'eventIds']);
  const archived = await scanArchive(
    kafka,
    {
      read: async ({ value, partition, offset, sizeBytes }) => ({
        ...(await view.read(value)),
        partition,
        offset,
        sizeBytes,
      }),
      bytesOf: ({ eventIds }) => eventIds.length * bytesOfId,
    },
    { sourceId, sinceMs, untilMs, signal: AbortSignal.any([signal, AbortSignal.timeout(replayLimits.planMs)]) },
  );
  const deliveries = archived.flatMap(({ record, verdict, eventIds }): readonly DeliveryToPlan[] => {
    const { deliveryId: id, partition, offset, sizeBytes: bytes } = record;
    return verdicts.includes(verdict) && isDeliveryId(id) ? [{ id, partition, offset, bytes, verdict, eventIds }] : [];
  });
  await withReplay(
    database,
    lease,
    async (tx, replay) => {
      if (replay.state !== 'asked') return;
      await planReplay(tx, replay, deliveries);
      await moveReplay(tx, replay, { state: replay.canary ? 'canary' : 'running', isPlanned: true, reason: null });
    },
    signal,
  );
}

/** Of an id in memory. */
const bytesOfId = 64;
