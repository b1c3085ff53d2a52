import { z } from 'zod';

import { type Identity, jsonAnswer, type OperationDefinition } from '../../contract/index.ts';
import type { ResendCredentials } from '../credentials.ts';

/** Proves a key; the API does not say whose it is. A key that may only send is refused here. */
export const listDomains: OperationDefinition<ResendCredentials, void, Identity> = {
  name: 'domains.list',
  repeatable: 'yes',
  request: () => ({ method: 'GET', path: '/domains' }),
  answer: jsonAnswer(
    z.object({ data: z.array(z.object({ id: z.string() })) }).transform((): Identity => ({ account: undefined })),
  ),
};
