import { z } from 'zod';

import { type Identity, jsonAnswer, type OperationDefinition } from '../../contract/index.ts';
import type { SlackCredentials } from '../credentials.ts';

const answer = z
  .object({ ok: z.literal(true), team_id: z.string() })
  .transform(({ team_id: account }): Identity => ({ account }));

/** https://docs.slack.dev/reference/methods/auth.test */
export const testAuth: OperationDefinition<SlackCredentials, void, Identity> = {
  name: 'auth.test',
  repeatable: 'yes',
  request: () => ({ method: 'POST', path: '/api/auth.test' }),
  answer: jsonAnswer(answer),
};
