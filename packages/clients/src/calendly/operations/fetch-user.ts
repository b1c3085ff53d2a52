import { z } from 'zod';

import { type Identity, jsonAnswer, type OperationDefinition } from '../../contract/index.ts';
import type { CalendlyCredentials } from '../credentials.ts';
import { idOf } from '../resource.ts';

const answer = z
  .object({ resource: z.object({ current_organization: z.string() }) })
  .transform(({ resource }): Identity => ({ account: idOf(resource.current_organization) }));

/** The organization of the user, which webhooks call the account. https://developer.calendly.com/api-docs/005832c83aeae-get-current-user */
export const fetchUser: OperationDefinition<CalendlyCredentials, void, Identity> = {
  name: 'users.me',
  repeatable: 'yes',
  request: () => ({ method: 'GET', path: '/users/me' }),
  answer: jsonAnswer(answer),
};
