import { readableRecordId } from '@trunkline/events';
import {
  createTopicAdmin,
  deadLetterTopic,
  type IncomingRecord,
  type KafkaConnection,
  readRecordRanges,
  type TopicAdmin,
} from '@trunkline/kafka';

import type { Progress } from '../progress.ts';
import { type LetterCopies, letterIdOf, type LetterRecord, letterRecordOf } from './letter.ts';

/** Letters of one group that are held at a time, and what their keys and headers may take together. */
export const letterLimits = { letters: 10_000, bytes: 64 * 1024 * 1024 } as const;
/** Records looked at in one reading: about a minute. */
const mostScanned = 2_000_000;
/** What an entry costs beside its texts: an object of six fields, a map's slot, the names of the headers. */
const entryBytes = 512;
/** The name of one more copy's place. */
const copyBytes = 64;

/** The dead letters of one group. Each refresh reads only what was appended since the last one. */
export interface LetterBook {
  refresh(reading: { readonly signal: AbortSignal; readonly progress?: Progress }): Promise<void>;
  /** Oldest first, by their latest copies. */
  letters(): readonly LetterCopies[];
  /** Records on the topic, copies and what is done since included. */
  onTopic(): number;
  /** False when there are more than are held. */
  isComplete(): boolean;
}

export interface LetterBookOptions {
  readonly limits?: { readonly letters: number; readonly bytes: number };
  /** Which copies are wanted; each is asked about alone. All unless given. */
  readonly wants?: (copy: LetterCopies) => boolean;
}

export function createLetterBook(
  connection: KafkaConnection,
  group: string,
  { limits = letterLimits, wants = () => true }: LetterBookOptions = {},
): LetterBook {
  const topic = deadLetterTopic(group);
  const held = new Map<string, LetterCopies>();
  const nextOffsets = new Map<number, bigint>();
  let bytes = 0;
  let records = 0n;
  let isFull = false;
  let isBehind = false;

  function keep(record: IncomingRecord): void {
    const latest = letterRecordOf(record);
    const copy: LetterCopies = {
      id: letterIdOf(group, record),
      eventId: readableRecordId(record.headers, record.value),
      latest,
      places: [`${record.partition}:${record.offset}`],
    };
    if (!wants(copy)) return;
    const before = held.get(copy.id);
    const added = copyBytes + costOf(latest) - (before === undefined ? 0 : costOf(before.latest));
    if ((before === undefined && held.size >= limits.letters) || bytes + added > limits.bytes) {
      isFull = true;
      return;
    }
    bytes += added;
    held.set(copy.id, before === undefined ? copy : joined(before, copy));
  }

  /** What retention has taken is no letter any more. */
  function forget(lows: ReadonlyMap<number, bigint>): void {
    for (const [id, letter] of held) {
      const { partition, offset } = letter.latest;
      if (offset >= (lows.get(partition) ?? 0n)) continue;
      held.delete(id);
      bytes -= costOf(letter.latest) + copyBytes * letter.places.length;
    }
  }

  return {
    async refresh({ signal, progress }) {
      const partitions = await withAdmin(connection, (admin) => admin.offsets(topic));
      records = partitions.reduce((sum, { low, high }) => sum + (high - low), 0n);
      forget(new Map(partitions.map(({ partition, low }) => [partition, low])));
      const ranges = partitions.flatMap(({ partition, low, high }) => {
        const next = nextOffsets.get(partition) ?? low;
        const fromOffset = next < low ? low : next;
        return fromOffset < high ? [{ topic, partition, fromOffset, toOffset: high }] : [];
      });
      let scanned = 0;
      for await (const record of readRecordRanges(connection, { ranges, limit: mostScanned, signal })) {
        scanned += 1;
        progress?.update(scanned);
        keep(record);
        nextOffsets.set(record.partition, record.offset + 1n);
      }
      // A reading that the limit ended goes on at the next one.
      isBehind = scanned >= mostScanned;
    },
    letters: () => [...held.values()].toSorted((left, right) => left.latest.timestampMs - right.latest.timestampMs),
    onTopic: () => Number(records),
    isComplete: () => !isFull && !isBehind,
  };
}

/** The later of two copies speaks for the letter. */
function joined(before: LetterCopies, copy: LetterCopies): LetterCopies {
  const latest = before.latest.timestampMs > copy.latest.timestampMs ? before.latest : copy.latest;
  return { ...copy, latest, places: [...before.places, ...copy.places] };
}

function costOf({ key, headers }: LetterRecord): number {
  const texts = Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + 2 * value.length, 0);
  return entryBytes + (key?.length ?? 0) + texts;
}

async function withAdmin<T>(connection: KafkaConnection, use: (admin: TopicAdmin) => Promise<T>): Promise<T> {
  const admin = createTopicAdmin(connection);
  try {
    return await use(admin);
  } finally {
    await admin.close();
  }
}
