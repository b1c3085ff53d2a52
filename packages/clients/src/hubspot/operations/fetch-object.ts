import { jsonAnswer, type OperationDefinition, pathOf } from '../../contract/index.ts';
import type { HubspotCredentials } from '../credentials.ts';
import { type HubspotObject, hubspotObject, objects, type ObjectType } from '../object.ts';

export interface FetchObjectInput {
  readonly type: ObjectType;
  readonly id: string;
  readonly properties: readonly string[];
}

/** https://developers.hubspot.com/docs/reference/api/crm/objects */
export const fetchObject: OperationDefinition<HubspotCredentials, FetchObjectInput, HubspotObject> = {
  name: 'objects.get',
  repeatable: 'yes',
  request: ({ type, id, properties }) => ({
    method: 'GET',
    path: pathOf(objects, type, id),
    query: { properties: properties.join(',') },
  }),
  answer: jsonAnswer(hubspotObject),
};
