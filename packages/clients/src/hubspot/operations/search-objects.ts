import { z } from 'zod';

import { jsonAnswer, type OperationDefinition, pathOf } from '../../contract/index.ts';
import type { HubspotCredentials } from '../credentials.ts';
import { hubspotObject, objects, type ObjectType } from '../object.ts';

export interface SearchObjectsInput {
  readonly type: ObjectType;
  /** Of its last change: then or later, and before; epoch milliseconds. */
  readonly changedSince: number;
  readonly changedUntil: number;
  readonly properties: readonly string[];
  readonly after?: string;
}

const page = z.object({
  total: z.number(),
  results: z.array(hubspotObject),
  paging: z.object({ next: z.object({ after: z.string() }).nullish() }).nullish(),
});

/** Contacts call the time of their last change otherwise than everything else does. */
const changedAt = (type: ObjectType): string => (type === 'contacts' ? 'lastmodifieddate' : 'hs_lastmodifieddate');

/** By their last change, the oldest first; at most 10,000 of a window. https://developers.hubspot.com/docs/guides/api/crm/search */
export const searchObjects: OperationDefinition<HubspotCredentials, SearchObjectsInput, z.infer<typeof page>> = {
  name: 'objects.search',
  // It changes nothing, although it is a POST.
  repeatable: 'yes',
  rates: () => [{ key: 'search', count: 5, periodMs: 1_000, burst: 1 }],
  request: ({ type, changedSince, changedUntil, properties, after }) => ({
    method: 'POST',
    path: pathOf(objects, type, 'search'),
    body: {
      json: {
        filterGroups: [
          {
            filters: [
              { propertyName: changedAt(type), operator: 'GTE', value: String(changedSince) },
              { propertyName: changedAt(type), operator: 'LT', value: String(changedUntil) },
            ],
          },
        ],
        sorts: [{ propertyName: changedAt(type), direction: 'ASCENDING' }],
        properties,
        limit: 200,
        after,
      },
    },
  }),
  answer: jsonAnswer(page),
};
