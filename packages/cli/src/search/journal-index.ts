import { classify, type DeliveryId, isRequestId, type RecordId } from '@trunkline/core';
import {
  type DeliveryPlace,
  type EventFound,
  type EventQuestion,
  findDeliveryPlaces,
  findRequestPlaces,
  type GroupOutcome,
  hasIndex,
  mayMissEvents,
  readOutcomes,
  readPositions,
  readSteps,
  searchEvents,
  type StepFound,
} from '@trunkline/journal';
import { createTopicAdmin, type KafkaConnection } from '@trunkline/kafka';
import { groups } from '@trunkline/operations/groups';
import type { Database } from '@trunkline/postgres';

import type { CommandContext } from '../context.ts';
import { withDatabase } from '../database-access.ts';

/** A place in a topic. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** What the journal knows of one event or request. */
export interface IndexedEvent {
  /** Its records on its topic and on topics of failures, oldest first. */
  readonly places: readonly Place[];
  /** Whether the topic has no record that the journal has not seen, so that `places` are all there are. */
  isComplete(topic: string): Promise<boolean>;
}

/** What the journal knows of one delivery or rejection. */
export interface IndexedDelivery {
  /** Its records, newest first; none of a delivery that became exactly one event. */
  readonly places: readonly DeliveryPlace[];
  /** When the record of such an event was appended, epoch milliseconds: published together with the delivery's. */
  readonly appendedAtMs: number | undefined;
}

/** The journal, for those who would else read topics from end to end. */
export interface JournalIndex {
  find(id: RecordId): Promise<IndexedEvent>;
  findDelivery(id: DeliveryId): Promise<IndexedDelivery>;
  search(
    filter: EventQuestion['filter'],
    page: Omit<EventQuestion, 'filter' | 'signal'>,
  ): Promise<readonly EventFound[]>;
  /** Whether events that the topics have may be missing: failures alone are indexed, or were. */
  mayMiss(): Promise<boolean>;
  /** What became of these events in each group that takes them. */
  outcomes(events: readonly EventFound[]): Promise<ReadonlyMap<RecordId, readonly GroupOutcome[]>>;
}

/** Undefined where no journal runs, or its index cannot be read: then topics are searched. */
export async function openJournalIndex(
  context: CommandContext,
  connection: KafkaConnection,
): Promise<JournalIndex | undefined> {
  const { signal } = context;
  if (context.settings.find('databaseUrl') === undefined) return undefined;
  const ask = <T>(use: (database: Database) => Promise<T>): Promise<T> => withDatabase(context, 'journal', use);
  try {
    if (!(await ask((database) => hasIndex(database, signal)))) return undefined;
  } catch (thrown) {
    signal.throwIfAborted();
    context.output.note(`the journal was not asked: ${classify(thrown).message}`);
    return undefined;
  }
  const search: JournalIndex['search'] = (filter, page) =>
    ask((database) => searchEvents(database, { ...page, filter, signal }));

  return {
    search,
    mayMiss: () => ask((database) => mayMissEvents(database, signal)),
    outcomes: (events) =>
      ask((database) =>
        readOutcomes(database, {
          scope: 'all',
          groups,
          events: events.map(({ eventId, place }) => ({ id: eventId, topic: place.topic })),
          signal,
        }),
      ),
    async findDelivery(deliveryId) {
      const places = await ask((database) => findDeliveryPlaces(database, { scope: 'all', deliveryId, signal }));
      if (places.length > 0) return { places, appendedAtMs: undefined };
      const id = { kind: 'delivery', hex: deliveryId.slice(4) } as const;
      const [event] = await search({ id, ...allOf(context.clock()) }, { scope: 'all', limit: 1 });
      return { places, appendedAtMs: event?.place.appendedAtMs };
    },
    async find(id) {
      const steps = await ask((database) => readSteps(database, { scope: 'all', ids: [id], signal }));
      const own = isRequestId(id)
        ? await ask((database) => findRequestPlaces(database, { scope: 'all', requestId: id, signal }))
        : await search(
            { id: { kind: 'event', hex: id.slice(4) }, ...allOf(context.clock()) },
            { scope: 'all', limit: mostRecords },
          ).then((events) => events.map(({ place }) => place));
      return { places: placesOf(own, steps), isComplete: createCompleteness(connection, ask) };
    },
  };
}

/** Records of one event that are listed: each reception makes one. */
const mostRecords = 200;
const dayMs = 86_400_000;

/** As far back as rows are kept; a row may be a moment ahead of this machine's clock. */
export function allOf(nowMs: number): { readonly sinceMs: number; readonly untilMs: number } {
  return { sinceMs: nowMs - 30 * dayMs, untilMs: nowMs + 600_000 };
}

function placesOf(own: readonly StepFound['place'][], steps: readonly StepFound[]): readonly Place[] {
  return [...own, ...steps.map(({ place }) => place)].toSorted((left, right) => left.appendedAtMs - right.appendedAtMs);
}

function createCompleteness(
  connection: KafkaConnection,
  ask: <T>(use: (database: Database) => Promise<T>) => Promise<T>,
): IndexedEvent['isComplete'] {
  return async (topic) => {
    const admin = createTopicAdmin(connection);
    try {
      // First the ends, then how far the index is: what comes in between only makes it look further.
      const ends = await admin.offsets(topic);
      const positions = await ask((database) => readPositions(database, topic));
      if (await ask((database) => mayMissEvents(database))) return false;
      return ends.every(({ partition, low, high }) => high === low || (positions.get(partition) ?? 0n) >= high);
    } finally {
      await admin.close();
    }
  };
}
