import {
  type Connection,
  type Mail,
  type OperationOutcome,
  resend,
  sendgrid,
  slack,
  smtpCredentials,
  twilio,
} from '@trunkline/clients';
import type { RequestId } from '@trunkline/core';
import type { Sender } from '@trunkline/sources/senders';
import type { ZodType } from 'zod';

import type { Said } from '../texts/say.ts';
import type { Access } from './access.ts';
import type { Outbound } from './outbound.ts';
import type { Recipient } from './recipient.ts';

/** What came of a call. */
export type Carried =
  | { readonly kind: 'accepted'; readonly providerMessageId: string | undefined; readonly detail?: string }
  | {
      readonly kind: 'failed';
      /** `no`, `refused`: nothing was done. */
      readonly arrived: 'no' | 'refused' | 'maybe';
      /** It was refused, and will be the next time. */
      readonly isFinal: boolean;
      readonly code: string;
      readonly detail: string;
      readonly httpStatus: number | undefined;
      readonly retryAfterMs: number | undefined;
    };

export interface Carriage {
  readonly sender: Sender;
  readonly access: Access;
  readonly recipient: Recipient;
  readonly said: Said;
  /** The idempotency key, and what marks it where the provider gives marks back. */
  readonly requestId: RequestId;
}

/** Makes the one call that tells somebody. Never rejects for what happens outside. */
export async function carry(carriage: Carriage, outbound: Outbound): Promise<Carried> {
  const { sender, access, recipient, said, requestId } = carriage;
  const correlationId = requestId;
  switch (sender.kind) {
    case 'demo':
      return {
        kind: 'accepted',
        providerMessageId: undefined,
        detail: 'the demo sender takes everything and tells nobody',
      };
    case 'twilio': {
      const outcome = await outbound.executor(sender).run(twilio, {
        operation: twilio.operations.createMessage,
        connection: shownTo(twilio.credentials, access),
        input: {
          to: recipient.address,
          body: said.text,
          ...(sender.statusUrl === undefined ? {} : { statusCallback: `${sender.statusUrl}?request=${requestId}` }),
          ...(sender.from.startsWith('MG') ? { messagingServiceSid: sender.from } : { from: sender.from }),
        },
        correlationId,
      });
      return carriedBy(outcome, ({ sid }) => sid);
    }
    case 'slack': {
      const outcome = await outbound.executor(sender).run(slack, {
        operation: slack.operations.postMessage,
        connection: shownTo(slack.credentials, access),
        input: { channel: recipient.address, text: said.text, mark: requestId },
        correlationId,
      });
      return carriedBy(outcome, ({ ts }) => ts);
    }
    case 'resend': {
      const outcome = await outbound.executor(sender).run(resend, {
        operation: resend.operations.sendEmail,
        connection: shownTo(resend.credentials, access),
        input: mailOf(carriage, sender),
        correlationId,
      });
      return carriedBy(outcome, ({ id }) => id);
    }
    case 'sendgrid': {
      const outcome = await outbound.executor(sender).run(sendgrid, {
        operation: sendgrid.operations.sendMail,
        connection: shownTo(sendgrid.credentials, access),
        input: mailOf(carriage, sender),
        correlationId,
      });
      return carriedBy(outcome, ({ messageId }) => messageId);
    }
    case 'smtp': {
      const { credentials } = shownTo(smtpCredentials, access);
      const outcome = await outbound.smtp(sender, credentials).send({
        credentials,
        mail: mailOf(carriage, sender),
        correlationId,
      });
      return carriedBy(outcome, ({ messageId }) => messageId);
    }
  }
}

export function shownTo<Credentials>(_: ZodType<Credentials>, access: Access): Connection<Credentials> {
  // What `accessOf` found is of the sender's kind, so it is what its client takes.
  return access as Connection<Credentials>;
}

function mailOf(
  { recipient, said, requestId }: Carriage,
  { from, fromName }: { readonly from: string; readonly fromName?: string | undefined },
): Mail {
  return {
    from: { address: from, ...(fromName === undefined ? {} : { name: fromName }) },
    to: { address: recipient.address, ...(recipient.name === undefined ? {} : { name: recipient.name }) },
    subject: said.subject,
    text: said.text,
    marks: { trunkline_request: requestId },
  };
}

function carriedBy<Output>(outcome: OperationOutcome<Output>, idOf: (output: Output) => string): Carried {
  if (outcome.kind === 'done') return { kind: 'accepted', providerMessageId: idOf(outcome.output) };
  const { arrived, code, detail, happening, answer, retryAfterMs } = outcome;
  return {
    kind: 'failed',
    arrived,
    isFinal: happening === 'rejected',
    code,
    detail: answer === undefined ? detail : `${detail}; it answered ${answer.status}`,
    httpStatus: answer?.status,
    retryAfterMs,
  };
}
