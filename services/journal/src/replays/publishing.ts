import { classify, failpoint } from '@trunkline/core';
import {
  type DoneDelivery,
  jobLimits,
  type LeasedReplay,
  markReplayed,
  moveReplay,
  nextDeliveries,
  type PlannedDelivery,
  withReplay,
} from '@trunkline/journal';
import {
  archiveTopic,
  eventsToPublish,
  replayDelivery,
  type ReplayedDelivery,
  replayRecords,
} from '@trunkline/operations/replay';

import { createPlannedRecords, type Loaded, type PlannedRecords } from '../jobs/planned-records.ts';
import { replayLimits } from './limits.ts';
import type { ReplayWork } from './run-replay.ts';
import type { ReplayTools } from './tools.ts';

/** Publishes what one replay makes of its deliveries, in the order of its plan and at its pace. */
export interface Publishing {
  /** The next portion, when it is due; returns the wait until the one behind it, milliseconds. */
  publish(replay: LeasedReplay): Promise<number>;
  /** What was read and not published is read again. */
  forget(): Promise<void>;
}

/** The longest wait: a replay may be paused or given another rate meanwhile. */
const lookAgainMs = 200;
const readAheadSeconds = 10;

interface Judged {
  readonly done: DoneDelivery;
  /** Undefined: nothing of it is published. */
  readonly replayed: ReplayedDelivery | undefined;
}

export function createPublishing(work: ReplayWork, signal: AbortSignal): Publishing {
  const { database, kafka, lease } = work;
  let records: PlannedRecords<PlannedDelivery> | undefined;
  let dueAtMs = -Infinity;

  async function publish(replay: LeasedReplay): Promise<number> {
    const untilMs = dueAtMs - performance.now();
    if (untilMs > 0) return Math.min(untilMs, lookAgainMs);
    const loaded = await recordsOf(replay).take(portionOf(replay));
    if (loaded.length === 0) return lookAgainMs;
    const tools = await work.tools();
    const judged: Judged[] = [];
    for (const each of loaded) judged.push(await judge(each, replay, tools));
    await send(judged, replay, tools);
    // From when it was due, so that what a turn takes is no part of the pace; more time that was not used is not saved up.
    dueAtMs = Math.max(performance.now() - lookAgainMs, dueAtMs) + (loaded.length / replay.rate) * 1_000;
    return Math.min(lookAgainMs, Math.max(0, dueAtMs - performance.now()));
  }

  /** Acknowledged, then noted. A kill in between publishes the portion again, and inboxes apply it once: the ids are the same. */
  async function send(
    judged: readonly Judged[],
    replay: LeasedReplay,
    { codec, publisher }: ReplayTools,
  ): Promise<void> {
    const deliveries = judged.flatMap(({ replayed }) => replayed ?? []);
    const outgoing = replayRecords(deliveries, { codec, all: replay.all });
    failpoint('replay.before_publish');
    if (outgoing.length > 0) await publisher.publish(outgoing, { deadlineMs: jobLimits.publishMs, signal });
    failpoint('replay.after_publish');
    const done = judged.map((each) => each.done);
    await withReplay(
      database,
      lease,
      async (tx, now) => {
        await markReplayed(tx, now, done);
        if (now.reason !== undefined) await moveReplay(tx, now, { reason: null });
      },
      signal,
    );
  }

  function recordsOf(replay: LeasedReplay): PlannedRecords<PlannedDelivery> {
    records ??= createPlannedRecords({
      kafka,
      topic: archiveTopic,
      next: (asked) => nextDeliveries(database, { uuid: replay.uuid, ...asked }),
      ahead: Math.min(Math.max(replayLimits.canaryDeliveries, replay.rate * readAheadSeconds), jobLimits.readLetters),
    });
    return records;
  }

  return {
    publish,
    async forget() {
      await records?.close();
      records = undefined;
    },
  };
}

async function judge(
  { planned, record }: Loaded<PlannedDelivery>,
  { source: sourceId, correction, all }: LeasedReplay,
  { codec, sources, installationKey }: ReplayTools,
): Promise<Judged> {
  const skipped = (reason: string): Judged => ({
    done: { id: planned.id, events: [], skipped: reason },
    replayed: undefined,
  });
  if (record === undefined) return skipped('expired');
  try {
    const archived = await codec.decode(archiveTopic, record.value);
    // An archive that was made anew counts its places from 0 again: what stands there now may be of anybody.
    if (archived.deliveryId !== planned.id) return skipped('expired');
    const delivery = { record: archived, verdict: planned.verdict, eventIds: planned.eventIds };
    const replayed = replayDelivery(delivery, { source: sources(sourceId), correction, installationKey });
    const events = eventsToPublish(replayed, all).map(({ sealed }) => ({ id: sealed.eventId, type: sealed.type }));
    if (events.length > 0) return { done: { id: planned.id, events }, replayed };
    return skipped(replayed.events.length > 0 ? 'nothing_new' : `still_${replayed.verdict}`);
  } catch (thrown) {
    const { code } = classify(thrown);
    if (code === 'decode_failed') return skipped('decode_failed');
    throw thrown;
  }
}

/** Five a second: enough for the fastest, and small enough that a change of the rate is felt. */
function portionOf({ rate, state, published }: LeasedReplay): number {
  const most = state === 'canary' ? replayLimits.canaryDeliveries - published : replayLimits.portion;
  return Math.min(most, Math.max(1, Math.round(rate / 5)));
}
