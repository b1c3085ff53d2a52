import type { AddressBook, Digest } from '@trunkline/addresses';
import { type ConsumedEvent, entityOf } from '@trunkline/consumer';
import type { Metadata, RecordOf, StatedTopic } from '@trunkline/events';
import { defineProjection, type EntityKey, type Projection, type ProjectionEvent } from '@trunkline/postgres';
import type { Directory } from '@trunkline/sources/directory';

import { contactReference, paymentReference } from '../reference.ts';

export interface TimelineOffers {
  readonly book: AddressBook;
  readonly digest: Digest;
  readonly directory: Pick<Directory, 'phoneOfNumber' | 'phoneOfEmail' | 'phoneOfSource'>;
}

/** What a touch shows, each field only where an event states it. */
export interface Shown {
  readonly status?: string | null;
  readonly direction?: string | null;
  readonly amount?: number | null;
  readonly currency?: string | null;
}

/** With whom it was, as events name them. Whom any event named, it was with. */
export interface Named {
  readonly phones?: readonly (string | null)[];
  readonly emails?: readonly (string | null)[];
  /** Ids of contacts or customers of the same account. */
  readonly contacts?: readonly (string | null)[];
  /** Of a payment its own id; of what is about one, that one's. */
  readonly payment?: string | null;
}

/** What of a topic's events is on a timeline. */
export interface TouchDeclaration<T extends StatedTopic> {
  readonly topic: T;
  readonly what: string;
  /** When it happened; else the event's own time. */
  readonly at: (record: RecordOf<T>) => number | null;
  readonly shown: (record: RecordOf<T>) => Shown;
  readonly named: (record: RecordOf<T>) => Named;
  /** Numbers and mail addresses of the tenant's own that it was at, the first one first. */
  readonly own?: (record: RecordOf<T>) => {
    readonly phones?: readonly (string | null)[];
    readonly email?: string | null;
  };
}

/** One event, read. */
export interface Touch {
  readonly key: EntityKey;
  readonly atMs: number;
  readonly shown: ProjectionEvent<string>;
  /** Digests in hex. */
  readonly addresses: readonly string[];
  readonly customers: readonly string[];
  readonly payment: string | undefined;
}

export const touchProjection: Projection<string> = defineProjection<string>({
  table: 'touch',
  versions: 'field',
  existence: false,
  fields: {
    what: { column: 'what', type: 'text' },
    status: { column: 'status', type: 'text' },
    direction: { column: 'direction', type: 'text' },
    amount: { column: 'amount', type: 'bigint' },
    currency: { column: 'currency', type: 'text' },
    phoneId: { column: 'phone_id', type: 'text' },
  },
});

export function readTouch<T extends StatedTopic>(
  declaration: TouchDeclaration<T>,
  { book, digest, directory }: TimelineOffers,
  { eventId, record }: ConsumedEvent<T>,
): Touch {
  const metadata: Metadata = record.metadata;
  const { tenantId, provider, account } = metadata;
  const named = declaration.named(record);
  const referred = (id: string): Parameters<typeof contactReference>[1] => ({ tenantId, provider, account, id });
  const phoneId = ownPhone(declaration, directory, record);
  const emails = some(named.emails)
    .slice(0, maxNamed)
    .flatMap((text) => book.email(tenantId, text));
  const phones = some(named.phones)
    .slice(0, maxNamed)
    .flatMap((text) => book.phone(tenantId, text));
  return {
    key: entityOf(metadata),
    atMs: declaration.at(record) ?? metadata.occurredAt,
    shown: {
      eventId,
      key: entityOf(metadata),
      version: metadata.entityVersion,
      fields: { what: declaration.what, ...declaration.shown(record), ...(phoneId === undefined ? {} : { phoneId }) },
    },
    addresses: [...emails, ...phones].map((address) => address.digest),
    customers: some(named.contacts).map((id) => contactReference(digest, referred(id))),
    payment: typeof named.payment === 'string' ? paymentReference(digest, referred(named.payment)) : undefined,
  };
}

/** A mail to more is a mailing: it stands on the timeline of the first. */
const maxNamed = 64;

function some(values: readonly (string | null)[] | undefined): readonly string[] {
  return (values ?? []).filter((value) => value !== null);
}

function ownPhone<T extends StatedTopic>(
  declaration: TouchDeclaration<T>,
  directory: TimelineOffers['directory'],
  record: RecordOf<T>,
): string | undefined {
  const own = declaration.own?.(record);
  if (own === undefined) return undefined;
  const { tenantId, sourceId } = record.metadata;
  for (const number of some(own.phones)) {
    const phone = directory.phoneOfNumber(tenantId, number);
    if (phone !== undefined) return phone.id;
  }
  const byEmail =
    own.email === null || own.email === undefined ? undefined : directory.phoneOfEmail(tenantId, own.email);
  return (byEmail ?? directory.phoneOfSource(tenantId, sourceId))?.id;
}
