import { jsonAnswer, type OperationDefinition, pathOf } from '../../contract/index.ts';
import type { TwilioCredentials } from '../credentials.ts';
import { accounts, type TwilioMessage, twilioMessage } from '../message.ts';

export interface CreateMessageInput {
  /** E.164 */
  readonly to: string;
  /** A number of the account, or `messagingServiceSid` of a pool of them. */
  readonly from?: string;
  readonly messagingServiceSid?: string;
  readonly body: string;
  /** Where the states of the message are told: our own ingress. */
  readonly statusCallback?: string;
}

/** Sends a message. Nothing makes Twilio know a request again: whoever may have sent it has to look before it repeats. */
export const createMessage: OperationDefinition<TwilioCredentials, CreateMessageInput, TwilioMessage> = {
  name: 'messages.create',
  repeatable: 'no',
  request: ({ to, from, messagingServiceSid, body, statusCallback }, { credentials }) => ({
    method: 'POST',
    path: pathOf(accounts, credentials.accountSid, 'Messages.json'),
    body: {
      form: {
        To: to,
        StatusCallback: statusCallback,
        From: from,
        MessagingServiceSid: messagingServiceSid,
        Body: body,
      },
    },
  }),
  answer: jsonAnswer(twilioMessage),
};
