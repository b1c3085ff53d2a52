import { type PayloadOf, type StatedFieldOf, textLimit } from '@trunkline/events';

import { withoutExponent } from '../contract/java-double.ts';
import type { SnapshotReader } from '../contract/snapshot.ts';
import { readTelephone } from '../contract/telephone.ts';
import { isCut, readTitle, textUpTo } from '../contract/texts.ts';
import { readInstant, readMilliseconds } from '../contract/times.ts';

/** Topics whose objects may be merged. */
export type MergingTopic = 'crm.contact.v1' | 'crm.company.v1' | 'crm.deal.v1' | 'crm.ticket.v1';
export type CrmTopic = MergingTopic | 'crm.activity.v1';

/** States the field that has a property's meaning; false when the value is not of the form the field wants. */
export type PropertyStatement<T extends CrmTopic> = (reader: SnapshotReader<T>, text: string) => boolean;
export type PropertyTable<T extends CrmTopic> = ReadonlyMap<string, PropertyStatement<T>>;

/** A field that a property fills: HubSpot writes every value as text, an empty one when it was cleared. */
function fieldsOf<T extends CrmTopic>() {
  return <F extends StatedFieldOf<T>>(
    field: F,
    read: (text: string) => PayloadOf<T>[F] | undefined,
  ): PropertyStatement<T> =>
    (reader, text) => {
      // Every field of these payloads is [null, T], so null is one of its values.
      const value = text === '' ? (null as PayloadOf<T>[F]) : read(text);
      reader.say(field, value);
      return value !== undefined;
    };
}

const asText = (text: string): string => text;
const asTitle = (text: string): string | null | undefined => readTitle(text);
function asDecimal(text: string): string | undefined {
  const decimal = withoutExponent(text);
  return /^-?\d{1,30}(?:\.\d{1,30})?$/.test(decimal) ? decimal : undefined;
}

function asCount(text: string): number | undefined {
  const decimal = withoutExponent(text);
  return /^\d{1,15}(?:\.0+)?$/.test(decimal) ? Number(decimal) : undefined;
}
const asFlag = (text: string): boolean | undefined => (text === 'true' ? true : text === 'false' ? false : undefined);
const asLower = (text: string): string => text.toLowerCase();
const asCurrency = (text: string): string | undefined => (/^[A-Za-z]{3}$/.test(text) ? text.toUpperCase() : undefined);

/** Times are epoch milliseconds as text; some properties are written as ISO 8601. */
function asTime(text: string): number | undefined {
  return readMilliseconds(text) ?? readInstant(text);
}

const contact = fieldsOf<'crm.contact.v1'>();
/** https://knowledge.hubspot.com/properties/hubspots-default-contact-properties */
export const contactProperties: PropertyTable<'crm.contact.v1'> = new Map([
  ['email', contact('email', asText)],
  ['phone', contact('phone', readTelephone)],
  ['mobilephone', contact('mobilePhone', readTelephone)],
  ['hs_email_optout', contact('hasOptedOutOfEmail', asFlag)],
  ['firstname', contact('firstName', asText)],
  ['lastname', contact('lastName', asText)],
  ['jobtitle', contact('jobTitle', asText)],
  ['associatedcompanyid', contact('companyId', asText)],
  ['company', contact('companyName', asText)],
  ['hubspot_owner_id', contact('ownerId', asText)],
  ['lifecyclestage', contact('lifecycleStage', asText)],
  ['hs_lead_status', contact('leadStatus', asText)],
  ['hs_analytics_source', contact('leadSource', asText)],
  ['createdate', contact('createdAt', asTime)],
  ['lastmodifieddate', contact('updatedAt', asTime)],
]);

const company = fieldsOf<'crm.company.v1'>();
export const companyProperties: PropertyTable<'crm.company.v1'> = new Map([
  ['name', company('name', asText)],
  ['domain', company('domain', asText)],
  ['phone', company('phone', readTelephone)],
  ['industry', company('industry', asText)],
  ['numberofemployees', company('employeeCount', asCount)],
  ['city', company('city', asText)],
  ['country', company('country', asText)],
  ['hubspot_owner_id', company('ownerId', asText)],
  ['lifecyclestage', company('lifecycleStage', asText)],
  ['createdate', company('createdAt', asTime)],
  ['hs_lastmodifieddate', company('updatedAt', asTime)],
]);

const deal = fieldsOf<'crm.deal.v1'>();
const lostReason: PropertyStatement<'crm.deal.v1'> = (reader) => {
  reader.state('lostReason', 'propertyValue', textUpTo(textLimit.reason));
  reader.state('lostReasonTruncated', 'propertyValue', isCut(textLimit.reason));
  return true;
};

/**
 * closedate is not here: of an open deal it is the day hoped for, of a closed one the time it was closed, and the
 * message does not say which.
 */
export const dealProperties: PropertyTable<'crm.deal.v1'> = new Map([
  ['dealname', deal('title', asTitle)],
  // The currency is another property, so minor units are not known.
  ['amount', deal('amountDecimal', asDecimal)],
  ['deal_currency_code', deal('currency', asCurrency)],
  ['pipeline', deal('pipelineId', asText)],
  ['dealstage', deal('stageId', asText)],
  ['hubspot_owner_id', deal('ownerId', asText)],
  ['dealtype', deal('dealType', asText)],
  ['hs_analytics_source', deal('leadSource', asText)],
  ['closed_lost_reason', lostReason],
  ['createdate', deal('createdAt', asTime)],
  ['hs_lastmodifieddate', deal('updatedAt', asTime)],
  // False says that it is not won, not what else it is.
  ['hs_is_closed_won', deal('status', (text) => (text === 'true' ? 'won' : undefined))],
  ['hs_is_closed_lost', deal('status', (text) => (text === 'true' ? 'lost' : undefined))],
  // A deal that is open again; of a closed one it does not say how it ended.
  ['hs_is_closed', deal('status', (text) => (text === 'false' ? 'open' : undefined))],
]);

const ticket = fieldsOf<'crm.ticket.v1'>();
export const ticketProperties: PropertyTable<'crm.ticket.v1'> = new Map([
  ['subject', ticket('subject', asTitle)],
  ['hs_pipeline', ticket('pipelineId', asText)],
  ['hs_pipeline_stage', ticket('stageId', asText)],
  ['hs_ticket_priority', ticket('priority', asText)],
  ['hs_ticket_category', ticket('category', asText)],
  ['source_type', ticket('channel', asText)],
  ['hubspot_owner_id', ticket('ownerId', asText)],
  ['closed_date', ticket('closedAt', asTime)],
  ['createdate', ticket('createdAt', asTime)],
  ['hs_lastmodifieddate', ticket('updatedAt', asTime)],
]);

/** A lead is a chance to sell: it has a name, a stage and somebody it is about. */
export const leadProperties: PropertyTable<'crm.deal.v1'> = new Map([
  ['hs_lead_name', deal('title', asTitle)],
  ['hs_pipeline', deal('pipelineId', asText)],
  ['hs_pipeline_stage', deal('stageId', asText)],
  ['hubspot_owner_id', deal('ownerId', asText)],
  ['hs_lead_type', deal('dealType', asText)],
  ['hs_createdate', deal('createdAt', asTime)],
  ['hs_lastmodifieddate', deal('updatedAt', asTime)],
]);

/** https://developers.hubspot.com/docs/api/webhooks: a thread of the inbox is a request for help. */
export const conversationProperties: PropertyTable<'crm.ticket.v1'> = new Map([
  ['status', ticket('isClosed', (text) => ({ OPEN: false, CLOSED: true })[text.toUpperCase()])],
  ['assignedTo', ticket('ownerId', asText)],
]);

const activity = fieldsOf<'crm.activity.v1'>();
const note: PropertyStatement<'crm.activity.v1'> = (reader) => {
  reader.state('text', 'propertyValue', textUpTo(textLimit.text));
  reader.state('textTruncated', 'propertyValue', isCut(textLimit.text));
  return true;
};
/** Milliseconds as text. */
const asSeconds = (text: string): number | undefined =>
  /^\d{1,12}$/.test(text) ? Math.floor(Number(text) / 1000) : undefined;

const anyActivity = [
  ['hubspot_owner_id', activity('ownerId', asText)],
  ['hs_createdate', activity('createdAt', asTime)],
  ['hs_lastmodifieddate', activity('updatedAt', asTime)],
] as const;

export const callProperties: PropertyTable<'crm.activity.v1'> = new Map([
  ...anyActivity,
  ['hs_call_title', activity('subject', asTitle)],
  ['hs_call_body', note],
  ['hs_call_direction', activity('direction', asLower)],
  ['hs_call_disposition', activity('outcome', asText)],
  ['hs_call_duration', activity('durationSeconds', asSeconds)],
  ['hs_timestamp', activity('startsAt', asTime)],
]);

export const meetingProperties: PropertyTable<'crm.activity.v1'> = new Map([
  ...anyActivity,
  ['hs_meeting_title', activity('subject', asTitle)],
  ['hs_meeting_body', note],
  ['hs_meeting_outcome', activity('outcome', asText)],
  ['hs_meeting_start_time', activity('startsAt', asTime)],
  ['hs_meeting_end_time', activity('endsAt', asTime)],
]);

export const noteProperties: PropertyTable<'crm.activity.v1'> = new Map([...anyActivity, ['hs_note_body', note]]);

export const taskProperties: PropertyTable<'crm.activity.v1'> = new Map([
  ...anyActivity,
  ['hs_task_subject', activity('subject', asTitle)],
  ['hs_task_body', note],
  ['hs_task_priority', activity('priority', asText)],
  // Any other status says that it is not done yet.
  ['hs_task_status', activity('isDone', (text) => text === 'COMPLETED')],
  ['hs_task_completion_date', activity('completedAt', asTime)],
  ['hs_timestamp', activity('dueAt', asTime)],
]);
