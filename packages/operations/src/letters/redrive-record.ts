import type { LetterId } from '@trunkline/events';
import { type IncomingRecord, type OutgoingRecord, redriveTopic, type TopicAdmin } from '@trunkline/kafka';

import { redriveHeaders, type RedriveRun } from './redrive-headers.ts';

/** The record of a dead letter on its way back: key and value untouched. */
export function redriveRecord(
  group: string,
  { letter, record }: { readonly letter: { readonly id: LetterId }; readonly record: IncomingRecord },
  redrive: RedriveRun,
): OutgoingRecord {
  const { key, value } = record;
  return {
    topic: redriveTopic(group),
    // Poison put on a topic by hand may have no key; the publisher takes none without.
    key: key === null || key.length === 0 ? Buffer.from(letter.id, 'utf8') : key,
    value,
    headers: redriveHeaders(record, redrive, { forced: redrive.forcedIds.has(letter.id) }),
  };
}

/** A piece of a partition, its end exclusive. */
export interface Stretch {
  readonly topic: string;
  readonly partition: number;
  readonly fromOffset: bigint;
  readonly toOffset: bigint;
}

/** What is left of them on their topic: a reader would wait for what retention has taken. */
export async function keptOf(
  stretches: readonly Stretch[],
  admin: Pick<TopicAdmin, 'offsets'>,
): Promise<readonly Stretch[]> {
  const [first] = stretches;
  if (first === undefined) return [];
  const kept = new Map(
    (await admin.offsets(first.topic)).map(({ partition, low, high }) => [partition, { low, high }]),
  );
  return stretches.flatMap((stretch) => {
    const { low, high } = kept.get(stretch.partition) ?? { low: 0n, high: 0n };
    const fromOffset = stretch.fromOffset < low ? low : stretch.fromOffset;
    const toOffset = stretch.toOffset > high ? high : stretch.toOffset;
    return fromOffset < toOffset ? [{ ...stretch, fromOffset, toOffset }] : [];
  });
}

/** Of each partition of a topic the stretch that holds all of these places. */
export function stretchesOf(
  topic: string,
  places: readonly { readonly partition: number; readonly offset: bigint }[],
): readonly Stretch[] {
  const offsets = new Map<number, { from: bigint; to: bigint }>();
  for (const { partition, offset } of places) {
    const known = offsets.get(partition) ?? { from: offset, to: offset };
    offsets.set(partition, {
      from: offset < known.from ? offset : known.from,
      to: offset > known.to ? offset : known.to,
    });
  }
  return [...offsets].map(([partition, { from, to }]) => ({ topic, partition, fromOffset: from, toOffset: to + 1n }));
}
