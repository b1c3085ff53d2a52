import { z } from 'zod';

/** https://developers.hubspot.com/docs/guides/api/crm/understanding-the-crm */
export const hubspotObject = z.object({
  id: z.string(),
  properties: z.record(z.string(), z.string().nullable()),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type HubspotObject = z.infer<typeof hubspotObject>;

/** What an object is of, in the words of the API: contacts, companies, deals, tickets. */
export type ObjectType = string;

export const objects = '/crm/v3/objects';
