import { projectionHandler, type ProjectionHandler } from '@trunkline/consumer';

import { propertyFields } from '../property.ts';
import { objectHandler, type ObjectHandlerOffers } from './object.ts';

/**
 * Keeps crm.ticket at the newest state that any event told. HubSpot tells one property at a time, so every field has a
 * version of its own; a property without a field is kept elsewhere, by its name.
 */
export function ticketHandler(offers: ObjectHandlerOffers): ProjectionHandler<'crm.ticket.v1'> {
  return objectHandler(ticketProjection, offers);
}

const ticketProjection: ProjectionHandler<'crm.ticket.v1'> = projectionHandler({
  topic: 'crm.ticket.v1',
  versions: 'field',
  leaves: propertyFields,
  columns: {
    subject: 'text',
    providerStatus: 'text',
    pipelineId: 'text',
    stageId: 'text',
    isClosed: 'boolean',
    priority: 'text',
    category: 'text',
    channel: 'text',
    ownerId: 'text',
    contactId: 'text',
    companyId: 'text',
    closedAt: 'timestamptz',
    deletionReason: 'text',
    mergedInto: 'text',
    mergedFrom: 'text[]',
    customFieldsJson: 'text',
    customFieldsTruncated: 'boolean',
    createdAt: 'timestamptz',
    updatedAt: 'timestamptz',
  },
});
