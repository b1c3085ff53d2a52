import { type OperationOutcome, twilio } from '@trunkline/clients';
import type { Transaction } from '@trunkline/postgres';
import type { Sender } from '@trunkline/sources/senders';

import type { Evidence } from '../messages/evidence.ts';
import type { Message } from '../messages/message.ts';
import { type Carriage, shownTo } from './carry.ts';
import type { Outbound } from './outbound.ts';

/** What a provider has that may be the message. */
export interface Candidate {
  readonly providerMessageId: string;
  readonly state: Evidence['state'];
  readonly code: string | null;
}

/** What came of asking: `unanswered` says nothing about the message. */
export type LookedUp =
  | { readonly kind: 'answered'; readonly candidates: readonly Candidate[] }
  | { readonly kind: 'unanswered'; readonly detail: string };

/**
 * The kinds whose provider can be asked for a message without knowing its id. Resend knows a message again by its key. SendGrid
 * sells its list of messages (https://www.twilio.com/docs/sendgrid/api-reference/email-activity); a mail server has none.
 */
export function canBeAsked(sender: Sender): boolean {
  return sender.kind === 'twilio';
}

/** Clocks of two companies, and a provider that writes whole seconds. */
const earlierMs = 60_000;

/** Asks the provider of a message that may have been sent for what it has of it. Reads only. */
export async function lookUp(
  { sender, access, recipient, said, requestId }: Carriage,
  { firstCallMs, outbound }: { readonly firstCallMs: number; readonly outbound: Outbound },
): Promise<LookedUp> {
  if (sender.kind !== 'twilio') return { kind: 'answered', candidates: [] };
  const candidates: Candidate[] = [];
  // A message is listed by the day that it was sent on, which may be the next one.
  for (const dateSent of new Set([dayOf(firstCallMs), dayOf(firstCallMs + nextDayMs)])) {
    const outcome: OperationOutcome<{ readonly messages: readonly ListedMessage[] }> = await outbound
      .executor(sender)
      .run(twilio, {
        operation: twilio.operations.listMessages,
        connection: shownTo(twilio.credentials, access),
        input: {
          to: recipient.address,
          dateSent,
          // A pool of numbers chooses one of them.
          ...(sender.from.startsWith('MG') ? {} : { from: sender.from }),
        },
        correlationId: requestId,
      });
    if (outcome.kind === 'failure') return { kind: 'unanswered', detail: outcome.detail };
    candidates.push(
      ...outcome.output.messages.flatMap((message): Candidate[] => {
        const isOurs = message.body === said.text && Date.parse(message.date_created) >= firstCallMs - earlierMs;
        const { sid: providerMessageId, status, error_code: code } = message;
        return isOurs ? [{ providerMessageId, state: stateOf(status), code: code?.toString() ?? null }] : [];
      }),
    );
  }
  return { kind: 'answered', candidates };
}

interface ListedMessage {
  readonly sid: string;
  readonly status: string;
  readonly error_code?: number | null | undefined;
  readonly body: string;
  readonly date_created: string;
}

/** What is called shortly before midnight may be sent after it. */
const nextDayMs = 3_600_000;

function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** https://www.twilio.com/docs/messaging/api/message-resource#message-status-values */
function stateOf(status: string): Candidate['state'] {
  if (status === 'delivered' || status === 'read') return 'delivered';
  return ['undelivered', 'failed', 'canceled'].includes(status) ? 'undelivered' : 'accepted';
}

/**
 * The one of them that no other message of ours is: the same words to the same person are two messages, and one of them may be
 * known. To the end of the transaction nobody else takes one.
 */
export async function unclaimed(
  tx: Transaction,
  { tenantId, requestId }: Pick<Message, 'tenantId' | 'requestId'>,
  candidates: readonly Candidate[],
): Promise<Candidate | undefined> {
  if (candidates.length === 0) return undefined;
  await tx.query(`SELECT pg_advisory_xact_lock(hashtext('notifications.look_up'), hashtext($1))`, [tenantId]);
  const taken = await tx.query<{ readonly id: string }>(
    `SELECT provider_message_id AS id FROM notifications.message
     WHERE tenant_id = $1 AND provider = 'twilio' AND provider_message_id = ANY ($2::text[]) AND request_id <> $3::uuid`,
    [tenantId, candidates.map(({ providerMessageId }) => providerMessageId), requestId.slice(4)],
  );
  return candidates.find(({ providerMessageId }) => !taken.some(({ id }) => id === providerMessageId));
}
