import { describeClient, sampleOf } from '../testing/index.ts';
import { hubspot } from './index.ts';

const credentials = { accessToken: 'pat-hubspot-secret-marker' };
const { fetchObject, searchObjects } = hubspot.operations;
const contact = {
  id: '51',
  properties: { email: 'ada@example.com', phone: null },
  createdAt: '2026-11-01T10:00:00.000Z',
  updatedAt: '2026-11-29T10:00:00.000Z',
};

describeClient(hubspot, {
  credentials,
  secrets: [credentials.accessToken, 'ada@example.com'],
  samples: [
    sampleOf({
      operation: fetchObject,
      input: { type: 'contacts', id: '51', properties: ['email', 'phone'] },
      request: { method: 'GET', path: '/crm/v3/objects/contacts/51?properties=email%2Cphone' },
      reply: { status: 200, json: contact },
      output: contact,
      required: ['id', 'properties', 'createdAt', 'updatedAt'],
    }),
    sampleOf({
      operation: searchObjects,
      input: { type: 'deals', changedSince: 1, changedUntil: 2, properties: ['amount'], after: '200' },
      request: {
        method: 'POST',
        path: '/crm/v3/objects/deals/search',
        body: {
          filterGroups: [
            {
              filters: [
                { propertyName: 'hs_lastmodifieddate', operator: 'GTE', value: '1' },
                { propertyName: 'hs_lastmodifieddate', operator: 'LT', value: '2' },
              ],
            },
          ],
          sorts: [{ propertyName: 'hs_lastmodifieddate', direction: 'ASCENDING' }],
          properties: ['amount'],
          limit: 200,
          after: '200',
        },
      },
      reply: { status: 200, json: { total: 1, results: [contact], paging: { next: { after: '400' } } } },
      output: { total: 1, results: [contact], paging: { next: { after: '400' } } },
      required: ['total', 'results'],
    }),
    sampleOf({
      operation: hubspot.identify,
      input: undefined,
      request: { method: 'GET', path: '/account-info/v3/details' },
      reply: { status: 200, json: { portalId: 62515 } },
      output: { account: '62515' },
      required: ['portalId'],
    }),
  ],
});
