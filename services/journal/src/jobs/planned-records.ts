import { jobLimits } from '@trunkline/journal';
import { createTopicAdmin, type IncomingRecord, type KafkaConnection, readRecordRanges } from '@trunkline/kafka';
import { keptOf, type Stretch, stretchesOf } from '@trunkline/operations';

/** Something of a plan whose record is on a topic. */
export interface Planned {
  /** In the order of the plan. */
  readonly place: number;
  readonly partition: number;
  readonly offset: bigint;
}

/** With its record; without one where retention has taken it. */
export interface Loaded<P extends Planned> {
  readonly planned: P;
  readonly record: IncomingRecord | undefined;
}

/** What a plan holds in its order, with its records, read ahead: to begin a reading takes a broker a second or two. */
export interface PlannedRecords<P extends Planned> {
  /** At most so many; none when the plan has no more. Rejects with `dependency_unavailable`, and can be asked again then. */
  take(count: number): Promise<readonly Loaded<P>[]>;
  /** Forgets what was read and lets go of what is being read. */
  close(): Promise<void>;
}

export interface PlannedRecordsOptions<P extends Planned> {
  readonly kafka: KafkaConnection;
  readonly topic: string;
  /** What waits in the plan behind a place, in its order. */
  readonly next: (asked: {
    readonly afterPlace: number;
    readonly limit: number;
    readonly maxBytes: number;
    readonly signal: AbortSignal;
  }) => Promise<readonly P[]>;
  /** Of one reading, behind the first. */
  readonly ahead: number;
}

export function createPlannedRecords<P extends Planned>({
  kafka,
  topic,
  next,
  ahead,
}: PlannedRecordsOptions<P>): PlannedRecords<P> {
  const closing = new AbortController();
  let afterPlace = 0;
  let limit = Math.min(ahead, jobLimits.firstLetters);
  let ready: Loaded<P>[] = [];
  let loading: Promise<readonly Loaded<P>[]> | undefined;

  async function load(): Promise<readonly Loaded<P>[]> {
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(jobLimits.readMs)]);
    const some = await next({ afterPlace, limit, maxBytes: jobLimits.readBytes, signal });
    const records = await readAt(some, signal);
    afterPlace = some.at(-1)?.place ?? afterPlace;
    limit = ahead;
    return some.map((planned) => ({ planned, record: records.get(placeOf(planned)) }));
  }

  async function readAt(some: readonly P[], signal: AbortSignal): Promise<ReadonlyMap<string, IncomingRecord>> {
    const wanted = new Set(some.map(placeOf));
    const found = new Map<string, IncomingRecord>();
    const ranges = await withinTopic(stretchesOf(topic, some));
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
