import type { EventCodec } from '@trunkline/events';
import { createPublisher, type KafkaConnection, recordLimits } from '@trunkline/kafka';
import { eventsToPublish, type ReplayedDelivery, replayRecords } from '@trunkline/operations/replay';

import type { CommandContext } from '../context.ts';
import { createPace } from '../pace.ts';
import { planTopics } from '../topic-plan.ts';

export interface Publishing {
  readonly connection: KafkaConnection;
  readonly codec: EventCodec;
  readonly deliveries: readonly ReplayedDelivery[];
  /** Also events that were published before. */
  readonly all: boolean;
  /** Deliveries. */
  readonly ratePerSecond: number;
}

const publishDeadlineMs = 30_000;
const closeDeadlineMs = 10_000;
/** Deliveries of one call; each is published with its events and its record of the archive. */
const deliveriesAtOnce = 50;

/**
 * Publishes the events of a replay and what the archive is to know of their deliveries by now. Returns how many events. A
 * portion is acknowledged before the next one is begun; whoever is cut off begins again, and the ids are the same.
 */
export async function publishReplay(work: Publishing, context: CommandContext): Promise<number> {
  const { output, signal } = context;
  const publisher = await createPublisher(work.connection, {
    limits: { maxRecordBytes: recordLimits(planTopics(context)) },
  });
  const progress = output.progress('replaying');
  const pace = createPace(work.ratePerSecond);
  let published = 0;
  try {
    for (let from = 0; from < work.deliveries.length; from += deliveriesAtOnce) {
      const portion = work.deliveries.slice(from, from + deliveriesAtOnce);
      await pace.wait(portion.length, signal);
      await publisher.publish(replayRecords(portion, work), { deadlineMs: publishDeadlineMs, signal });
      published += portion.reduce((sum, each) => sum + eventsToPublish(each, work.all).length, 0);
      progress.update(from + portion.length, work.deliveries.length);
    }
    return published;
  } catch (error) {
    output.note(`${published} events were published before this; the same command goes on where it was`);
    throw error;
  } finally {
    progress.end();
    await publisher.close({ deadlineMs: closeDeadlineMs });
  }
}
