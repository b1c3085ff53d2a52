import type { AddressBook, Digest } from '@trunkline/addresses';
import {
  type ConsumedEvent,
  entityOf,
  projectionHandler,
  type ProjectionHandler,
  type Requests,
} from '@trunkline/consumer';
import { entityText, project, type Transaction, writeErasedAddresses } from '@trunkline/postgres';

import { askToErase } from '../erasure/ask.ts';
import { clearingEvent, type Erasure } from '../erasure/erasure.ts';
import { freeAddresses, type FreedAddress } from '../erasure/freed-addresses.ts';
import { readIntoErased, readMergedInto } from '../erasure/merged.ts';
import { setTombstones } from '../erasure/tombstones.ts';
import { readContacts } from '../people/contact-rows.ts';
import { tellAddresses, type ToldAddress, updatePeople } from '../people/update-people.ts';
import { propertyFields } from '../property.ts';
import { contactReference } from '../reference.ts';
import { type AppliedObjects, applyObjects, keysOf } from './object.ts';

type Topic = 'crm.contact.v1';

export interface ContactHandlerOffers {
  readonly book: AddressBook;
  readonly digest: Digest;
  readonly requests: Requests;
}

/**
 * Keeps crm.contact at the newest state that any event told, and with it who the contacts are. This is one handler and no
 * sequence, because people follow from the rows.
 */
export function contactHandler(offers: ContactHandlerOffers): ProjectionHandler<Topic> {
  const { book, digest, requests } = offers;
  return {
    ...contactProjection,
    async handleBatch(events, tx) {
      const applied = await applyObjects(tx, { projection: contactProjection, digest }, events);
      await tellAddresses(
        tx,
        applied.admitted.flatMap((event) => toldBy(book, event)),
      );
      const { erasures, freed } = await eraseContacts(tx, offers, applied);
      const keys = new Map([...keysOf(events), ...erasures.map(({ key }) => key)].map((key) => [entityText(key), key]));
      const erased = new Set(erasures.map(({ key }) => entityText(key)));
      const contacts = await readContacts(tx, book, [...keys.values()]);
      await updatePeople(tx, digest, {
        contacts: contacts.filter(({ key, isNews }) => isNews || erased.has(entityText(key))),
        freed,
      });
      await askToErase(tx, { requests, events }, freed);
      return { stale: applied.stale };
    },
  };
}

/** Erases with the contacts what the CRM merged into them, and takes their addresses from all of them. */
async function eraseContacts(
  tx: Transaction,
  { book, digest }: ContactHandlerOffers,
  { admitted, refused, erasures, standings }: AppliedObjects<Topic>,
): Promise<{ readonly erasures: readonly Erasure[]; readonly freed: readonly FreedAddress[] }> {
  const into = await readIntoErasedOf(tx, digest, admitted);
  const merged = [...into, ...(await readMergedInto(tx, [...erasures, ...into]))];
  if (merged.length > 0) {
    const { projection } = contactProjection;
    await project(
      tx,
      projection,
      merged.map((erasure) => clearingEvent(projection, erasure)),
    );
    await setTombstones(tx, { digest, projection }, merged);
  }
  const all = [...erasures, ...merged];
  const taken = await freeAddresses(tx, all);
  // What is told late of an erased contact is no longer its, but was.
  const late = refused.flatMap((event) =>
    toldBy(book, event).map(({ key, digest: address }) => ({
      tenantId: key.tenantId,
      eventId: event.eventId,
      digest: address,
      untilMs:
        standings.get(entityText(key))?.erasedAtMs ??
        erasures.find((one) => entityText(one.key) === entityText(key))?.atMs ??
        0,
    })),
  );
  const themselves = all.map(({ key, atMs }) => ({
    tenantId: key.tenantId,
    digest: contactReference(digest, { ...key, id: key.entityId }),
    untilMs: atMs,
  }));
  // Parts what happened at the addresses so far from whoever gets them later.
  await writeErasedAddresses(tx, [...taken, ...late, ...themselves]);
  return { erasures: all, freed: [...taken, ...late] };
}

async function readIntoErasedOf(
  tx: Transaction,
  digest: Digest,
  events: readonly ConsumedEvent<Topic>[],
): Promise<readonly Erasure[]> {
  const merges = events.filter(({ record }) => record.mergedInto !== null);
  const byKey = new Map(merges.map((event) => [entityText(entityOf(event.record.metadata)), event.eventId]));
  const found = await readIntoErased(tx, digest, keysOf(merges));
  return found.flatMap((erasure) => {
    const eventId = byKey.get(entityText(erasure.key));
    return eventId === undefined ? [] : [{ ...erasure, eventId }];
  });
}

/** The addresses that an event says its contact has. */
function toldBy(book: AddressBook, { record }: ConsumedEvent<Topic>): readonly ToldAddress[] {
  const { metadata, email, phone, mobilePhone } = record;
  const { tenantId, occurredAt: atMs } = metadata;
  const told = [...book.email(tenantId, email), ...book.phone(tenantId, phone), ...book.phone(tenantId, mobilePhone)];
  return told.map((address) => ({ ...address, key: entityOf(metadata), atMs }));
}

/**
 * HubSpot tells one property at a time, so every field has a version of its own; a property without a field is kept
 * elsewhere, by its name.
 */
const contactProjection: ProjectionHandler<Topic> = projectionHandler({
  topic: 'crm.contact.v1',
  versions: 'field',
  leaves: propertyFields,
  columns: {
    email: 'text',
    phone: 'text',
    firstName: 'text',
    lastName: 'text',
    fullName: 'text',
    jobTitle: 'text',
    companyId: 'text',
    companyName: 'text',
    ownerId: 'text',
    lifecycleStage: 'text',
    leadStatus: 'text',
    marketingStatus: 'text',
    leadSource: 'text',
    deletionReason: 'text',
    mergedInto: 'text',
    mergedFrom: 'text[]',
    customFieldsJson: 'text',
    customFieldsTruncated: 'boolean',
    createdAt: 'timestamptz',
    updatedAt: 'timestamptz',
    mobilePhone: 'text',
    hasOptedOutOfEmail: 'boolean',
    labels: 'text[]',
    isConverted: 'boolean',
    convertedContactId: 'text',
    convertedCompanyId: 'text',
    convertedDealId: 'text',
  },
});
