import { Client } from '@hubspot/api-client';
import { describe, expect, it } from 'vitest';

import { requestsOfBoth } from '../testing/index.ts';
import { hubspot } from './index.ts';

const credentials = { accessToken: 'pat-key' };
const { fetchObject, searchObjects } = hubspot.operations;
const contact = {
  id: '51',
  properties: { email: null },
  createdAt: '2026-11-01T10:00:00Z',
  updatedAt: '2026-11-01T10:00:00Z',
};

const sdkAt = (url: string): Client => new Client({ ...credentials, basePath: url });

describe('HubSpot', () => {
  it('gives an object as its library does', async () => {
    const { ours, theirs } = await requestsOfBoth(hubspot, {
      operation: fetchObject,
      input: { type: 'contacts', id: '51', properties: ['email'] },
      credentials,
      reply: { status: 200, json: contact },
      sdk: (url) => sdkAt(url).crm.objects.basicApi.getById('contacts', '51', ['email']),
    });

    expect(ours).toEqual(theirs);
  });

  it('searches objects as its library does', async () => {
    const { ours, theirs } = await requestsOfBoth(hubspot, {
      operation: searchObjects,
      input: { type: 'deals', changedSince: 1, changedUntil: 2, properties: ['amount'], after: '200' },
      credentials,
      reply: { status: 200, json: { total: 0, results: [] } },
      sdk: (url) =>
        sdkAt(url).crm.objects.searchApi.doSearch('deals', {
          filterGroups: [
            {
              filters: [
                { propertyName: 'hs_lastmodifieddate', operator: 'GTE', value: '1' },
                { propertyName: 'hs_lastmodifieddate', operator: 'LT', value: '2' },
              ],
            },
          ],
          // Their type says text, their documentation shows this.
          sorts: [{ propertyName: 'hs_lastmodifieddate', direction: 'ASCENDING' } as unknown as string],
          properties: ['amount'],
          limit: 200,
          after: '200',
        } as Parameters<Client['crm']['objects']['searchApi']['doSearch']>[1]),
    });

    expect(ours).toEqual(theirs);
  });
});
