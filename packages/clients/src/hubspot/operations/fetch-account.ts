import { z } from 'zod';

import { type Identity, jsonAnswer, type OperationDefinition } from '../../contract/index.ts';
import type { HubspotCredentials } from '../credentials.ts';

const answer = z
  .object({ portalId: z.number() })
  .transform(({ portalId }): Identity => ({ account: String(portalId) }));

/** The portal, which webhooks call the account. https://developers.hubspot.com/docs/reference/api/settings/account-information */
export const fetchAccount: OperationDefinition<HubspotCredentials, void, Identity> = {
  name: 'account_info.get',
  repeatable: 'yes',
  request: () => ({ method: 'GET', path: '/account-info/v3/details' }),
  answer: jsonAnswer(answer),
};
