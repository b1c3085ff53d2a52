import { projectionHandler, type ProjectionHandler } from '@trunkline/consumer';

import { propertyFields } from '../property.ts';
import { objectHandler, type ObjectHandlerOffers } from './object.ts';

/**
 * Keeps crm.activity at the newest state that any event told. HubSpot tells one property at a time, so every field has a
 * version of its own; a property without a field is kept elsewhere, by its name.
 */
export function activityHandler(offers: ObjectHandlerOffers): ProjectionHandler<'crm.activity.v1'> {
  return objectHandler(activityProjection, offers);
}

const activityProjection: ProjectionHandler<'crm.activity.v1'> = projectionHandler({
  topic: 'crm.activity.v1',
  versions: 'field',
  leaves: propertyFields,
  columns: {
    activityType: 'text',
    subject: 'text',
    text: 'text',
    textTruncated: 'boolean',
    isDone: 'boolean',
    dueDate: 'text',
    dueAt: 'timestamptz',
    durationSeconds: 'bigint',
    completedAt: 'timestamptz',
    priority: 'text',
    ownerId: 'text',
    contactId: 'text',
    companyId: 'text',
    dealId: 'text',
    deletionReason: 'text',
    customFieldsJson: 'text',
    customFieldsTruncated: 'boolean',
    createdAt: 'timestamptz',
    updatedAt: 'timestamptz',
    startsAt: 'timestamptz',
    endsAt: 'timestamptz',
    direction: 'text',
    outcome: 'text',
  },
});
