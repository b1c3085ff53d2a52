import type { IncomingRecord } from '@trunkline/kafka';
import type { InHand, PlaceRange } from '@trunkline/postgres';

export type Place = Pick<IncomingRecord, 'topic' | 'partition' | 'offset'>;

/** What this process has in hand, written down before anybody looks at it. */
export interface InHandNotes {
  /** Resolves when it is written that these may be in hand, beside others. Rejects when it cannot be written. */
  take(places: readonly Place[]): Promise<void>;
  /** The same, and that these are all there is. */
  takeOnly(places: readonly Place[]): Promise<void>;
  putDown(): Promise<void>;
}

/**
 * A note reaches to the next multiple of this, so that records that come one by one cost one note in so many. The price
 * is paid after a death: so many records of a partition more are taken with care.
 */
const noteStep = 64n;

export function createInHandNotes(write: (inHand: InHand) => Promise<void>): InHandNotes {
  /** By place name. What stands here and is finished since does no harm: its effect is there. */
  const ranges = new Map<string, PlaceRange>();
  let wanted: InHand = { places: [], alone: false };
  let written: InHand = wanted;
  let writing: Promise<void> | undefined;

  /** One at a time and always the latest: the server may take two statements in any order. */
  async function note(): Promise<void> {
    while (written !== wanted) {
      writing ??= writeLatest();
      await writing;
    }
  }

  async function writeLatest(): Promise<void> {
    const latest = wanted;
    try {
      await write(latest);
      written = latest;
    } finally {
      writing = undefined;
    }
  }

  return {
    async take(places) {
      let isNew = false;
      for (const [name, range] of spansOf(places)) {
        const noted = ranges.get(name);
        if (noted !== undefined && noted.first <= range.first && range.last <= noted.last) continue;
        ranges.set(name, { ...range, last: range.last | (noteStep - 1n) });
        isNew = true;
      }
      if (isNew) wanted = { places: [...ranges.values()], alone: false };
      await note();
    },
    async takeOnly(places) {
      ranges.clear();
      wanted = {
        places: places.map(({ topic, partition, offset }) => ({ topic, partition, first: offset, last: offset })),
        alone: places.length === 1,
      };
      await note();
    },
    async putDown() {
      ranges.clear();
      wanted = { places: [], alone: false };
      await note();
    },
  };
}

/** Of each partition the first and the last: tenants take turns, so offsets need not rise. */
function spansOf(places: readonly Place[]): ReadonlyMap<string, PlaceRange> {
  const spans = new Map<string, { topic: string; partition: number; first: bigint; last: bigint }>();
  for (const { topic, partition, offset } of places) {
    const name = placeName(topic, partition);
    const span = spans.get(name);
    if (span === undefined) spans.set(name, { topic, partition, first: offset, last: offset });
    else if (offset < span.first) span.first = offset;
    else if (offset > span.last) span.last = offset;
  }
  return spans;
}

export function placeName(topic: string, partition: number): string {
  return `${topic}[${partition}]`;
}
