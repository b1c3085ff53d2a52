import type { EventTypeOf, ExactObject } from '@trunkline/events';

import { readMailAddress } from '../contract/mail-address.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readTelephone } from '../contract/telephone.ts';
import { readFilled } from '../contract/texts.ts';
import { readInstant } from '../contract/times.ts';
import { readText } from '../contract/values.ts';
import { readTags } from './values.ts';

type ContactType = EventTypeOf<'crm.contact.v1'>;

/** Enabled and disabled accounts are updates of the customer as well. Redaction is a wish to be forgotten. */
export const customerTypes: readonly (readonly [topic: string, type: ContactType])[] = [
  ['customers/create', 'crm.contact.created'],
  ['customers/update', 'crm.contact.updated'],
  ['customers/enable', 'crm.contact.updated'],
  ['customers/disable', 'crm.contact.updated'],
  ['customers/delete', 'crm.contact.deleted'],
  ['customers/redact', 'crm.contact.deleted'],
];
const typeOf: ReadonlyMap<string, ContactType> = new Map(customerTypes);

export function customerFact(customer: ExactObject, topic: string): SnapshotFact | undefined {
  const type = typeOf.get(topic);
  if (type === undefined) return undefined;
  const reader = new SnapshotReader('crm.contact.v1', customer);
  if (type !== 'crm.contact.updated') reader.say('isDeleted', type === 'crm.contact.deleted');
  // A plain deletion does not say why: it must not overwrite the wish to be forgotten.
  if (topic === 'customers/redact') reader.say('deletionReason', 'privacy');
  if (type === 'crm.contact.deleted') return reader.fact(type);
  reader.state('email', 'email', readMailAddress);
  reader.state('phone', 'phone', readTelephone);
  reader.state('firstName', 'first_name', readFilled);
  reader.state('lastName', 'last_name', readFilled);
  reader.state('marketingStatus', 'email_marketing_consent.state', readText);
  reader.state('labels', 'tags', readTags);
  reader.state('createdAt', 'created_at', readInstant);
  reader.state('updatedAt', 'updated_at', readInstant);
  return reader.fact(type);
}
