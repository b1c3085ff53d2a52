import type { IncomingRecord } from '@trunkline/kafka';
import type { InHand, PlaceRange } from '@trunkline/postgres';

import { Places } from './places.ts';

export type Place = Pick<IncomingRecord, 'topic' | 'partition' | 'offset'>;

/** What this process has in hand, written down before anybody looks at it. */
export interface InHandNotes {
  /**
   * Resolves when it is written that these may be in hand, beside others; undefined where it is written already. Rejects
   * when it cannot be written.
   */
  take(places: readonly Place[]): Promise<void> | undefined;
  /** The same, and that these are all there is. */
  takeOnly(places: readonly Place[]): Promise<void>;
  putDown(): Promise<void>;
}

/**
 * A note reaches so far ahead in each partition, so that records that come one by one cost one note in so many. The
 * price is paid after a death: so many records of a partition more are taken with care.
 */
const aheadOffsets = 256n;

export function createInHandNotes(write: (inHand: InHand) => Promise<void>): InHandNotes {
  /** What stands here and is finished since does no harm: its effect is there. */
  const ranges = new Places<PlaceRange>();
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

  function isNoted(spans: readonly PlaceRange[]): boolean {
    return spans.every((span) => {
      const range = ranges.get(span);
      return range !== undefined && range.first <= span.first && span.last <= range.last;
    });
  }

  function isNearEnd(span: PlaceRange): boolean {
    const range = ranges.get(span);
    return range === undefined || span.first < range.first || range.last < span.last + aheadOffsets / 2n;
  }

  return {
    take(places) {
      const spans = spansOf(places);
      if (!isNoted(spans)) {
        // The others with it where they come to their end, too, or each of them would cost a note of its own.
        for (const span of spans) if (isNearEnd(span)) ranges.set(span, reachingAhead(span));
        wanted = { places: ranges.values(), alone: false };
      }
      return written === wanted ? undefined : note();
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

function reachingAhead(span: PlaceRange): PlaceRange {
  return { ...span, last: span.last + aheadOffsets };
}

/** Of each partition the first and the last: tenants take turns, so offsets need not rise. */
function spansOf(places: readonly Place[]): readonly PlaceRange[] {
  const spans = new Places<{ topic: string; partition: number; first: bigint; last: bigint }>();
  for (const place of places) {
    const { topic, partition, offset } = place;
    const span = spans.get(place);
    if (span === undefined) spans.set(place, { topic, partition, first: offset, last: offset });
    else if (offset < span.first) span.first = offset;
    else if (offset > span.last) span.last = offset;
  }
  return spans.values();
}
