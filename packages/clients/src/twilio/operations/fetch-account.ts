import { z } from 'zod';

import { type Identity, jsonAnswer, type OperationDefinition, pathOf } from '../../contract/index.ts';
import type { TwilioCredentials } from '../credentials.ts';
import { accounts } from '../message.ts';

const account = z.object({ sid: z.string() }).transform(({ sid }): Identity => ({ account: sid }));

/** https://www.twilio.com/docs/iam/api/account */
export const fetchAccount: OperationDefinition<TwilioCredentials, void, Identity> = {
  name: 'accounts.get',
  repeatable: 'yes',
  request: (_, { credentials }) => ({ method: 'GET', path: pathOf(accounts, `${credentials.accountSid}.json`) }),
  answer: jsonAnswer(account),
};
