import { bearerAuth, defineClient } from '../contract/index.ts';
import { hubspotCredentials } from './credentials.ts';
import { fetchAccount } from './operations/fetch-account.ts';
import { fetchObject } from './operations/fetch-object.ts';
import { searchObjects } from './operations/search-objects.ts';

/** https://developers.hubspot.com/docs/api/usage-details: 100 requests in ten seconds for each private app of the smaller plans. */
export const hubspot = defineClient({
  name: 'hubspot',
  origin: 'https://api.hubapi.com',
  apiVersion: 'v3',
  credentials: hubspotCredentials,
  authorise: ({ accessToken }) => bearerAuth(accessToken),
  rates: [{ key: 'default', count: 100, periodMs: 10_000, burst: 10 }],
  requestIdHeader: 'x-hubspot-correlation-id',
  operations: { fetchObject, searchObjects },
  identify: fetchAccount,
});
