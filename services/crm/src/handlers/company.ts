import { projectionHandler, type ProjectionHandler } from '@trunkline/consumer';

import { propertyFields } from '../property.ts';
import { objectHandler, type ObjectHandlerOffers } from './object.ts';

/**
 * Keeps crm.company at the newest state that any event told. HubSpot tells one property at a time, so every field has a
 * version of its own; a property without a field is kept elsewhere, by its name.
 */
export function companyHandler(offers: ObjectHandlerOffers): ProjectionHandler<'crm.company.v1'> {
  return objectHandler(companyProjection, offers);
}

const companyProjection: ProjectionHandler<'crm.company.v1'> = projectionHandler({
  topic: 'crm.company.v1',
  versions: 'field',
  leaves: propertyFields,
  columns: {
    name: 'text',
    domain: 'text',
    phone: 'text',
    industry: 'text',
    employeeCount: 'bigint',
    city: 'text',
    country: 'text',
    ownerId: 'text',
    lifecycleStage: 'text',
    deletionReason: 'text',
    mergedInto: 'text',
    mergedFrom: 'text[]',
    customFieldsJson: 'text',
    customFieldsTruncated: 'boolean',
    createdAt: 'timestamptz',
    updatedAt: 'timestamptz',
    labels: 'text[]',
  },
});
