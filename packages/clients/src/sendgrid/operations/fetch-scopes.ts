import { z } from 'zod';

import { type Identity, jsonAnswer, type OperationDefinition } from '../../contract/index.ts';
import type { SendgridCredentials } from '../credentials.ts';

/** Which rights a key has is all that every key may ask: the account it is of is told to few. */
export const fetchScopes: OperationDefinition<SendgridCredentials, void, Identity> = {
  name: 'scopes.list',
  repeatable: 'yes',
  request: () => ({ method: 'GET', path: '/v3/scopes' }),
  answer: jsonAnswer(z.object({ scopes: z.array(z.string()) }).transform((): Identity => ({ account: undefined }))),
};
