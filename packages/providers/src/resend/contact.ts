import type { EventTypeOf, ExactJson, ExactObject } from '@trunkline/events';

import { readMailAddress } from '../contract/mail-address.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readInstant } from '../contract/times.ts';
import { readText } from '../contract/values.ts';

export type ContactType = EventTypeOf<'crm.contact.v1'>;

/** https://resend.com/docs/dashboard/webhooks/event-types: people of an audience. */
export const contactTypes: ReadonlyMap<string, ContactType> = new Map([
  ['contact.created', 'crm.contact.created'],
  ['contact.updated', 'crm.contact.updated'],
  ['contact.deleted', 'crm.contact.deleted'],
]);

export function contactFact(contact: ExactObject, type: ContactType): SnapshotFact {
  const reader = new SnapshotReader('crm.contact.v1', contact);
  reader.state('email', 'email', readMailAddress);
  reader.state('firstName', 'first_name', readText);
  reader.state('lastName', 'last_name', readText);
  reader.state('marketingStatus', 'unsubscribed', readMarketingStatus);
  reader.state('createdAt', 'created_at', readInstant);
  reader.state('updatedAt', 'updated_at', readInstant);
  if (type !== 'crm.contact.updated') reader.say('isDeleted', type === 'crm.contact.deleted');
  return reader.fact(type);
}

function readMarketingStatus(value: ExactJson): string | undefined {
  if (typeof value !== 'boolean') return undefined;
  return value ? 'unsubscribed' : 'subscribed';
}
