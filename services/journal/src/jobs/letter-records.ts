import { nextPlanned, jobLimits, type PlannedLetter } from '@trunkline/journal';
import {
  createTopicAdmin,
  deadLetterTopic,
  type IncomingRecord,
  type KafkaConnection,
  readRecordRanges,
} from '@trunkline/kafka';
import { keptOf, type Stretch, stretchesOf } from '@trunkline/operations';
import type { Database } from '@trunkline/postgres';

/** A planned letter with its record; without one where retention has taken it. */
export interface LoadedLetter {
  readonly letter: PlannedLetter;
  readonly record: IncomingRecord | undefined;
}

/** The letters of a plan in its order, with their records, read ahead: to begin a reading takes a broker a second or two. */
export interface LetterRecords {
  /** At most so many; none when the plan has no more. Rejects with `dependency_unavailable`, and can be asked again then. */
  take(count: number): Promise<readonly LoadedLetter[]>;
  /** Forgets what was read and lets go of what is being read. */
  close(): Promise<void>;
}

export interface LetterRecordsOptions {
  readonly database: Database;
  readonly kafka: KafkaConnection;
  readonly jobId: string;
  readonly group: string;
  /** Only those of the canary. */
  readonly canaryOnly: boolean;
  /** Of one reading, behind the first. */
  readonly letters: number;
}

export function createLetterRecords({
  database,
  kafka,
  jobId,
  group,
  canaryOnly,
  letters,
}: LetterRecordsOptions): LetterRecords {
  const topic = deadLetterTopic(group);
  const closing = new AbortController();
  let afterPlace = 0;
  let limit = Math.min(letters, jobLimits.firstLetters);
  let ready: LoadedLetter[] = [];
  let loading: Promise<readonly LoadedLetter[]> | undefined;

  async function load(): Promise<readonly LoadedLetter[]> {
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(jobLimits.readMs)]);
    const maxBytes = jobLimits.readBytes;
    const planned = await nextPlanned(database, { jobId, canaryOnly, afterPlace, limit, maxBytes, signal });
    const records = await readAt(planned, signal);
    afterPlace = planned.at(-1)?.place ?? afterPlace;
    limit = letters;
    return planned.map((letter) => ({ letter, record: records.get(placeOf(letter)) }));
  }

  async function readAt(
    planned: readonly PlannedLetter[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, IncomingRecord>> {
    const wanted = new Set(planned.map(placeOf));
    const found = new Map<string, IncomingRecord>();
    const ranges = await withinTopic(stretchesOf(topic, planned));
    for await (const record of readRecordRanges(kafka, { ranges, limit: Number.POSITIVE_INFINITY, signal })) {
      if (wanted.has(placeOf(record))) found.set(placeOf(record), record);
      if (found.size === wanted.size) break;
    }
    return found;
  }

  async function withinTopic(stretches: readonly Stretch[]): Promise<readonly Stretch[]> {
    const admin = createTopicAdmin(kafka);
    try {
      return await keptOf(stretches, admin);
    } finally {
      await admin.close();
    }
  }

  function loadAhead(): void {
    loading = load();
    // Whoever takes next is told; until then nobody asks.
    loading.catch(() => undefined);
  }

  return {
    async take(count) {
      if (ready.length === 0) {
        if (loading === undefined) loadAhead();
        try {
          ready = [...((await loading) ?? [])];
        } finally {
          loading = undefined;
        }
        if (ready.length > 0) loadAhead();
      }
      return ready.splice(0, count);
    },
    async close() {
      closing.abort();
      ready = [];
      await loading?.catch(() => undefined);
    },
  };
}

function placeOf({ partition, offset }: { readonly partition: number; readonly offset: bigint }): string {
  return `${partition}:${offset}`;
}
