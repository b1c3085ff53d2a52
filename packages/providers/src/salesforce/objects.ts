import { type EventTypeOf, type ExactJson, type ExactObject, textLimit } from '@trunkline/events';

import { withoutExponent } from '../contract/java-double.ts';
import { minorUnits } from '../contract/money.ts';
import type { EventMapping } from '../contract/provider.ts';
import { type Read, type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readTelephone } from '../contract/telephone.ts';
import { isCut, isJsonLeftOut, readDay, readFilled, readJsonText, readTitle, textUpTo } from '../contract/texts.ts';
import { readInstant } from '../contract/times.ts';
import { readCurrency } from '../contract/values.ts';
import { canonicalId } from './message.ts';

/** Fields of one object by name, in its own words; a nil one is null. Custom fields are together in `customFields`. */
export type Fields = ExactObject;

type SalesforceTopic = 'crm.contact.v1' | 'crm.company.v1' | 'crm.deal.v1' | 'crm.ticket.v1' | 'crm.activity.v1';

const readBoolean: Read<boolean> = (value) => (value === 'true' ? true : value === 'false' ? false : undefined);
const readReference: Read<string> = (value) => (typeof value === 'string' ? canonicalId(value) : undefined);
const readCount: Read<number> = (value) =>
  typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
const readDecimal: Read<string> = (value) => {
  const text = typeof value === 'string' ? withoutExponent(value) : '';
  return /^-?\d{1,30}(?:\.\d{1,30})?$/.test(text) ? text : undefined;
};
/** `60.0`; a fraction of a percent is none that the record has. */
const readPercent: Read<number> = (value) => {
  const [, whole] = (typeof value === 'string' && /^(\d{1,3})(?:\.0+)?$/.exec(value)) || [];
  return whole === undefined || Number(whole) > 100 ? undefined : Number(whole);
};

/** Of which kind an object is, is told by the first three characters of its id. */
function readIdOf(...prefixes: readonly string[]): Read<string | null> {
  return (value) => {
    const id = readReference(value);
    if (id === undefined) return undefined;
    return prefixes.includes(id.slice(0, 3)) ? id : null;
  };
}

function common<T extends SalesforceTopic>(reader: SnapshotReader<T>): void {
  // Every one of these topics has the fields.
  const any = reader as unknown as SnapshotReader<SalesforceTopic>;
  any.state('ownerId', 'OwnerId', readReference);
  any.state('isDeleted', 'IsDeleted', readBoolean);
  any.state('customFieldsJson', 'customFields', readJsonText);
  any.state('customFieldsTruncated', 'customFields', isJsonLeftOut);
  any.state('createdAt', 'CreatedDate', readInstant);
  const modified = any.find('SystemModstamp') === undefined ? 'LastModifiedDate' : 'SystemModstamp';
  any.state('updatedAt', modified, readInstant);
}

function contactFact(fields: Fields): SnapshotFact {
  const reader = new SnapshotReader('crm.contact.v1', fields);
  reader.state('email', 'Email', readFilled);
  reader.state('phone', 'Phone', readTelephone);
  reader.state('mobilePhone', 'MobilePhone', readTelephone);
  reader.state('hasOptedOutOfEmail', 'HasOptedOutOfEmail', readBoolean);
  reader.state('firstName', 'FirstName', readFilled);
  reader.state('lastName', 'LastName', readFilled);
  reader.state('fullName', 'Name', readFilled);
  reader.state('jobTitle', 'Title', readFilled);
  reader.state('companyId', 'AccountId', readReference);
  reader.state('companyName', 'Company', readFilled);
  reader.state('leadStatus', 'Status', readFilled);
  reader.state('leadSource', 'LeadSource', readFilled);
  reader.state('isConverted', 'IsConverted', readBoolean);
  reader.state('convertedContactId', 'ConvertedContactId', readReference);
  reader.state('convertedCompanyId', 'ConvertedAccountId', readReference);
  reader.state('convertedDealId', 'ConvertedOpportunityId', readReference);
  common(reader);
  return reader.fact('crm.contact.updated');
}

function accountFact(fields: Fields): SnapshotFact {
  const reader = new SnapshotReader('crm.company.v1', fields);
  reader.state('name', 'Name', readFilled);
  reader.state('phone', 'Phone', readTelephone);
  reader.state('industry', 'Industry', readFilled);
  reader.state('employeeCount', 'NumberOfEmployees', readCount);
  reader.state('city', 'BillingCity', readFilled);
  reader.state('country', 'BillingCountry', readFilled);
  common(reader);
  return reader.fact('crm.company.updated');
}

/** A message says what an opportunity is, not what of it changed: a won one stays `updated` and states that it is won. */
function opportunityFact(fields: Fields): SnapshotFact {
  const reader = new SnapshotReader('crm.deal.v1', fields);
  reader.say('status', dealStatus(reader));
  reader.state('title', 'Name', readTitle);
  const currency = readCurrency(reader.find('CurrencyIsoCode') ?? undefined);
  if (currency !== undefined) {
    reader.state('amount', 'Amount', (value) => {
      // A fraction of a minor unit is no amount; the decimal beside it says what it was.
      const amount = readDecimal(value);
      return amount === undefined ? undefined : (minorUnits(amount, currency) ?? null);
    });
  }
  reader.state('amountDecimal', 'Amount', readDecimal);
  reader.state('currency', 'CurrencyIsoCode', readCurrency);
  reader.state('stageName', 'StageName', readFilled);
  reader.state('probabilityPercent', 'Probability', readPercent);
  reader.state('contactId', 'ContactId', readReference);
  reader.state('companyId', 'AccountId', readReference);
  reader.state('dealType', 'Type', readFilled);
  reader.state('leadSource', 'LeadSource', readFilled);
  reader.state('expectedCloseDate', 'CloseDate', readDay);
  common(reader);
  return reader.fact('crm.deal.updated');
}

/** Which of the two is there depends on the fields that were chosen; one alone may not be enough. */
function dealStatus(reader: SnapshotReader<'crm.deal.v1'>): string | undefined {
  const isWon = reader.find('IsWon');
  const isClosed = reader.find('IsClosed');
  if (isWon === 'true') return 'won';
  if (isClosed === 'false') return 'open';
  return isClosed === 'true' && isWon === 'false' ? 'lost' : undefined;
}

function caseFact(fields: Fields): SnapshotFact {
  const reader = new SnapshotReader('crm.ticket.v1', fields);
  reader.state('subject', 'Subject', readTitle);
  reader.state('providerStatus', 'Status', readFilled);
  reader.state('isClosed', 'IsClosed', readBoolean);
  reader.state('priority', 'Priority', readFilled);
  reader.state('category', 'Type', readFilled);
  reader.state('channel', 'Origin', readFilled);
  reader.state('contactId', 'ContactId', readReference);
  reader.state('companyId', 'AccountId', readReference);
  reader.state('closedAt', 'ClosedDate', readInstant);
  common(reader);
  return reader.fact('crm.ticket.updated');
}

function taskFact(fields: Fields): SnapshotFact {
  const reader = new SnapshotReader('crm.activity.v1', fields);
  reader.state('activityType', 'TaskSubtype', (value) => readFilled(value)?.toLowerCase());
  reader.state('subject', 'Subject', readTitle);
  reader.state('text', 'Description', textUpTo(textLimit.text));
  reader.state('textTruncated', 'Description', isCut(textLimit.text));
  reader.state('isDone', 'IsClosed', readBoolean);
  reader.state('dueDate', 'ActivityDate', readDay);
  reader.state('completedAt', 'CompletedDateTime', readInstant);
  reader.state('priority', 'Priority', readFilled);
  relations(reader);
  common(reader);
  return reader.fact('crm.activity.updated');
}

/** An entry of somebody's calendar. */
function eventFact(fields: Fields): SnapshotFact {
  const reader = new SnapshotReader('crm.activity.v1', fields);
  // Text that is empty is none; of an event without a subtype that is what it is.
  reader.say('activityType', readFilled(reader.find('EventSubtype') ?? null)?.toLowerCase() ?? 'event');
  reader.state('subject', 'Subject', readTitle);
  reader.state('text', 'Description', textUpTo(textLimit.text));
  reader.state('textTruncated', 'Description', isCut(textLimit.text));
  reader.state('dueDate', 'ActivityDate', readDay);
  reader.state('startsAt', 'StartDateTime', readInstant);
  reader.state('endsAt', 'EndDateTime', readInstant);
  reader.state('durationSeconds', 'DurationInMinutes', (minutes) => {
    const count = readCount(minutes);
    return typeof count === 'number' ? count * 60 : undefined;
  });
  relations(reader);
  common(reader);
  return reader.fact('crm.activity.updated');
}

function relations(reader: SnapshotReader<'crm.activity.v1'>): void {
  // 003 is a Contact, 00Q a Lead.
  reader.state('contactId', 'WhoId', readIdOf('003', '00Q'));
  reader.state('companyId', 'AccountId', readReference);
  reader.state('dealId', 'WhatId', readIdOf('006'));
}

const objects: readonly (readonly [
  kind: string,
  to: EventTypeOf<SalesforceTopic>,
  fact: (fields: Fields) => SnapshotFact,
])[] = [
  ['Contact', 'crm.contact.updated', contactFact],
  ['Lead', 'crm.contact.updated', contactFact],
  ['Account', 'crm.company.updated', accountFact],
  ['Opportunity', 'crm.deal.updated', opportunityFact],
  ['Case', 'crm.ticket.updated', caseFact],
  ['Task', 'crm.activity.updated', taskFact],
  ['Event', 'crm.activity.updated', eventFact],
];

export const salesforceMappings: readonly EventMapping[] = objects.map(([from, to]) => ({ from, to }));

const byKind: ReadonlyMap<string, (fields: Fields) => SnapshotFact> = new Map(
  objects.map(([kind, , fact]) => [kind, fact] as const),
);

/** How the objects of a kind are read; undefined for a kind without a canonical form. */
export function factOf(kind: string): ((fields: Fields) => SnapshotFact) | undefined {
  return byKind.get(kind);
}

/** When the object was last changed: undefined where the message does not carry it, null where it cannot be read. */
export function modifiedAt(fields: Fields): number | null | undefined {
  const value: ExactJson | undefined = fields['SystemModstamp'] ?? fields['LastModifiedDate'] ?? undefined;
  return value === undefined ? undefined : (readInstant(value) ?? null);
}
