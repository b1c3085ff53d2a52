import { projectionHandler, type ProjectionHandler } from '@trunkline/consumer';

import { propertyFields } from '../property.ts';
import { objectHandler, type ObjectHandlerOffers } from './object.ts';

/**
 * Keeps crm.deal at the newest state that any event told. HubSpot tells one property at a time, so every field has a
 * version of its own; a property without a field is kept elsewhere, by its name.
 */
export function dealHandler(offers: ObjectHandlerOffers): ProjectionHandler<'crm.deal.v1'> {
  return objectHandler(dealProjection, offers);
}

const dealProjection: ProjectionHandler<'crm.deal.v1'> = projectionHandler({
  topic: 'crm.deal.v1',
  versions: 'field',
  leaves: propertyFields,
  columns: {
    status: 'text',
    title: 'text',
    amount: 'bigint',
    currency: 'text',
    amountDecimal: 'text',
    pipelineId: 'text',
    stageId: 'text',
    stageName: 'text',
    probabilityPercent: 'bigint',
    ownerId: 'text',
    contactId: 'text',
    companyId: 'text',
    dealType: 'text',
    leadSource: 'text',
    expectedCloseDate: 'text',
    closedAt: 'timestamptz',
    lostReason: 'text',
    lostReasonTruncated: 'boolean',
    deletionReason: 'text',
    mergedInto: 'text',
    mergedFrom: 'text[]',
    customFieldsJson: 'text',
    customFieldsTruncated: 'boolean',
    createdAt: 'timestamptz',
    updatedAt: 'timestamptz',
    labels: 'text[]',
    isArchived: 'boolean',
  },
});
