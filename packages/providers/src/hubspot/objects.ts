import type { ExactObject } from '@trunkline/events';

import { textMember } from '../contract/json-body.ts';
import type { EventMapping } from '../contract/provider.ts';
import { type CrmObject, crmObject } from './crm-object.ts';
import {
  callProperties,
  companyProperties,
  contactProperties,
  conversationProperties,
  dealProperties,
  leadProperties,
  meetingProperties,
  noteProperties,
  type PropertyTable,
  taskProperties,
  ticketProperties,
} from './properties.ts';

const objects: readonly CrmObject[] = [
  crmObject({
    kind: 'contact',
    typeId: '0-1',
    topic: 'crm.contact.v1',
    properties: contactProperties,
    types: {
      creation: 'crm.contact.created',
      propertyChange: 'crm.contact.updated',
      deletion: 'crm.contact.deleted',
      privacyDeletion: 'crm.contact.deleted',
      restore: 'crm.contact.restored',
      merge: 'crm.contact.merged',
    },
    special: [],
  }),
  crmObject({
    kind: 'company',
    typeId: '0-2',
    topic: 'crm.company.v1',
    properties: companyProperties,
    types: {
      creation: 'crm.company.created',
      propertyChange: 'crm.company.updated',
      deletion: 'crm.company.deleted',
      privacyDeletion: 'crm.company.deleted',
      restore: 'crm.company.restored',
      merge: 'crm.company.merged',
    },
    special: [],
  }),
  crmObject({
    kind: 'deal',
    typeId: '0-3',
    topic: 'crm.deal.v1',
    properties: dealProperties,
    types: {
      creation: 'crm.deal.created',
      propertyChange: 'crm.deal.updated',
      deletion: 'crm.deal.deleted',
      privacyDeletion: 'crm.deal.deleted',
      restore: 'crm.deal.restored',
      merge: 'crm.deal.merged',
    },
    special: [
      { property: 'dealstage', type: 'crm.deal.stage_changed' },
      { property: 'hs_is_closed_won', value: 'true', type: 'crm.deal.won' },
      { property: 'hs_is_closed_lost', value: 'true', type: 'crm.deal.lost' },
    ],
  }),
  crmObject({
    kind: 'ticket',
    typeId: '0-5',
    topic: 'crm.ticket.v1',
    properties: ticketProperties,
    types: {
      creation: 'crm.ticket.created',
      propertyChange: 'crm.ticket.updated',
      deletion: 'crm.ticket.deleted',
      privacyDeletion: 'crm.ticket.deleted',
      restore: 'crm.ticket.restored',
      merge: 'crm.ticket.merged',
    },
    special: [{ property: 'hs_pipeline_stage', type: 'crm.ticket.stage_changed' }],
  }),
  crmObject({
    kind: 'lead',
    typeId: '0-136',
    topic: 'crm.deal.v1',
    properties: leadProperties,
    types: {
      creation: 'crm.deal.created',
      propertyChange: 'crm.deal.updated',
      deletion: 'crm.deal.deleted',
      restore: 'crm.deal.restored',
    },
    special: [{ property: 'hs_pipeline_stage', type: 'crm.deal.stage_changed' }],
  }),
  crmObject({
    kind: 'conversation',
    typeId: '0-11',
    topic: 'crm.ticket.v1',
    properties: conversationProperties,
    types: {
      creation: 'crm.ticket.created',
      propertyChange: 'crm.ticket.updated',
      deletion: 'crm.ticket.deleted',
      privacyDeletion: 'crm.ticket.deleted',
    },
    special: [],
    isLinked: false,
  }),
  activity(['call', '0-48'], callProperties),
  activity(['meeting', '0-47'], meetingProperties),
  activity(['note', '0-46'], noteProperties),
  activity(['task', '0-27'], taskProperties, [
    { property: 'hs_task_status', value: 'COMPLETED', type: 'crm.activity.completed' },
  ]),
];

/** Calls, meetings, notes and tasks come in generic messages only; their names here are for pages and fixtures. */
function activity(
  [kind, typeId]: readonly [kind: string, typeId: string],
  properties: PropertyTable<'crm.activity.v1'>,
  special: Parameters<typeof crmObject<'crm.activity.v1'>>[0]['special'] = [],
): CrmObject {
  return crmObject({
    kind,
    typeId,
    topic: 'crm.activity.v1',
    properties,
    types: {
      creation: 'crm.activity.created',
      propertyChange: 'crm.activity.updated',
      deletion: 'crm.activity.deleted',
      restore: 'crm.activity.restored',
    },
    special,
    activityType: kind,
    isLinked: false,
  });
}

export const hubspotMappings: readonly EventMapping[] = objects.flatMap(({ mappings }) => mappings);

/** The object a subscription type is about, and what happened: `contact.creation`, or `object.creation` and a type id. */
export function subscriptionOf(item: ExactObject): { readonly object: CrmObject; readonly change: string } | undefined {
  const [prefix, change, more] = (textMember(item, 'subscriptionType') ?? '').split('.');
  if (prefix === undefined || change === undefined || more !== undefined) return undefined;
  const typeId = textMember(item, 'objectTypeId');
  const object = objects.find(({ kind, typeId: id }) => (prefix === 'object' ? id === typeId : kind === prefix));
  return object === undefined ? undefined : { object, change };
}

/** The kind of a type id; for one without a canonical form the id itself. */
export function kindOfTypeId(typeId: string): string {
  return objects.find((object) => object.typeId === typeId)?.kind ?? typeId;
}
