import type { AddressBook } from '@trunkline/addresses';
import type { Metadata, StatedTopic } from '@trunkline/events';
import {
  distinctEntities,
  type PartyAddress,
  takeErasureTurn,
  type Transaction,
  writePartyAddresses,
} from '@trunkline/postgres';

import { entityOf } from '../entity-of.ts';
import type { ConsumedEvent } from '../handler.ts';
import type { ProjectionHandler } from '../projection-handler.ts';
import { clearTable } from './clear.ts';
import type { PersonalTable } from './personal.ts';

export interface ErasableHandler<T extends StatedTopic> extends ProjectionHandler<T> {
  /**
   * Waits for erasures that concern the events. `handleBatch` does it, too: for who locks rows of the projection before
   * that, because who erases waits for rows.
   */
  takeTurn(events: readonly ConsumedEvent<T>[], tx: Transaction): Promise<void>;
}

/**
 * A projection whose rows forget people whose addresses are erased, whatever is told of them again: it remembers by
 * digests who took part in each entity, and after each batch clears what those have in it that are erased. What is done
 * after it, by its rows, sees nothing of them any more.
 *
 * `personal` are the tables of the service; the one of the handler's topic is among them.
 */
export function erasable<T extends StatedTopic>(
  handler: ProjectionHandler<T>,
  personal: readonly PersonalTable[],
  { book }: { readonly book: AddressBook },
): ErasableHandler<T> {
  const table = personal.find(({ topic }) => topic === handler.topic);
  if (table === undefined) throw new TypeError(`nothing is said of what ${handler.topic} keeps of people`);
  const namedIn = (events: readonly ConsumedEvent<T>[]): readonly PartyAddress[] =>
    events.flatMap((event) => partiesIn(table, book, event));
  const takeTurn = async (
    tx: Transaction,
    events: readonly ConsumedEvent<T>[],
    named: readonly PartyAddress[],
  ): Promise<void> => {
    await takeErasureTurn(tx, [
      ...events.map((event) => ({ tenantId: metadataOf(event).tenantId })),
      ...named.map(({ key: { tenantId }, digest }) => ({ tenantId, digest })),
    ]);
  };
  return {
    ...handler,
    takeTurn: (events, tx) => takeTurn(tx, events, namedIn(events)),
    async handleBatch(events, tx) {
      const named = namedIn(events);
      await takeTurn(tx, events, named);
      const outcome = await handler.handleBatch(events, tx);
      await writePartyAddresses(tx, named);
      await clearTable(
        tx,
        { table, personal, book },
        distinctEntities(events.map((event) => entityOf(metadataOf(event)))),
      );
      return outcome;
    },
  };
}

/** Whom an event names, and as what. */
function partiesIn<T extends StatedTopic>(
  { parties, list }: PersonalTable,
  book: AddressBook,
  event: ConsumedEvent<T>,
): readonly PartyAddress[] {
  const metadata = metadataOf(event);
  // The fields of a declaration are those of its topic; addresses are texts.
  const record = event.record as unknown as Readonly<Record<string, string | readonly Listed[] | null>>;
  const party = (name: string, text: unknown): readonly PartyAddress[] =>
    typeof text === 'string'
      ? book.either(metadata.tenantId, text).map(({ digest }) => ({
          key: entityOf(metadata),
          party: name,
          digest,
          sinceMs: metadata.occurredAt,
        }))
      : [];
  const listed = list === undefined ? [] : (record[list.field] ?? []);
  return [
    ...parties.flatMap(({ party: name, addresses }) => addresses.flatMap((field) => party(name, record[field]))),
    ...(typeof listed === 'string' ? [] : listed.flatMap(({ email }) => party(list?.column ?? '', email))),
  ];
}

interface Listed {
  readonly email?: string | null;
}

function metadataOf<T extends StatedTopic>({ record }: ConsumedEvent<T>): Metadata {
  return record.metadata;
}
