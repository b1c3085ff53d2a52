import type { EventTypeOf, ExactObject } from '@trunkline/events';

import { readMailAddress } from '../contract/mail-address.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readTelephone } from '../contract/telephone.ts';
import { isJsonLeftOut, readFilled, readJsonText } from '../contract/texts.ts';
import { readSeconds } from '../contract/times.ts';

type ContactType = EventTypeOf<'crm.contact.v1'>;

/** The discounts, sources and tax ids of a customer are objects of their own and are passed on. */
export const customerTypes: ReadonlyMap<string, ContactType> = new Map([
  ['customer.created', 'crm.contact.created'],
  ['customer.updated', 'crm.contact.updated'],
  ['customer.deleted', 'crm.contact.deleted'],
]);

export function customerFact(customer: ExactObject, name: string): SnapshotFact | undefined {
  const type = customerTypes.get(name);
  if (type === undefined) return undefined;
  const reader = new SnapshotReader('crm.contact.v1', customer);
  if (type !== 'crm.contact.updated') reader.say('isDeleted', type === 'crm.contact.deleted');
  // Of one that is deleted Stripe sends what it was; it is over and states nothing.
  if (type === 'crm.contact.deleted') return reader.fact(type);
  reader.state('email', 'email', readMailAddress);
  reader.state('phone', 'phone', readTelephone);
  reader.state('fullName', 'name', readFilled);
  reader.state('customFieldsJson', 'metadata', readJsonText);
  reader.state('customFieldsTruncated', 'metadata', isJsonLeftOut);
  reader.state('createdAt', 'created', readSeconds);
  return reader.fact(type);
}
