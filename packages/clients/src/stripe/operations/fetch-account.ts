import { z } from 'zod';

import { type Identity, jsonAnswer, type OperationDefinition } from '../../contract/index.ts';
import type { StripeCredentials } from '../credentials.ts';

/** https://docs.stripe.com/api/accounts/retrieve, of the key's own account. */
export const fetchAccount: OperationDefinition<StripeCredentials, void, Identity> = {
  name: 'account.get',
  repeatable: 'yes',
  request: () => ({ method: 'GET', path: '/v1/account' }),
  answer: jsonAnswer(z.object({ id: z.string() }).transform(({ id }): Identity => ({ account: id }))),
};
