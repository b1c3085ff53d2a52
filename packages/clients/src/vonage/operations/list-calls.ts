import { z } from 'zod';

import { type Identity, jsonAnswer, type OperationDefinition } from '../../contract/index.ts';
import type { VonageCredentials } from '../credentials.ts';

const answer = z.object({ count: z.number() }).transform((): Identity => ({ account: undefined }));

/** Proves the key; the API does not say whose account the application is of. https://developer.vonage.com/en/api/voice#getCalls */
export const listCalls: OperationDefinition<VonageCredentials, void, Identity> = {
  name: 'calls.list',
  repeatable: 'yes',
  request: () => ({ method: 'GET', path: '/v1/calls', query: { page_size: '1' } }),
  answer: jsonAnswer(answer),
};
