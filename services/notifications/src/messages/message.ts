import { type EventId, type RequestId, TrunklineError } from '@trunkline/core';
import type { Transaction } from '@trunkline/postgres';
import { z } from 'zod';

import type { Parameters, Said } from '../texts/say.ts';

/** Where a message stands; migrations/ say what each means. */
export type MessageState =
  | 'asked'
  | 'no_sender'
  | 'sending'
  | 'accepted'
  | 'delivered'
  | 'undelivered'
  | 'unknown'
  | 'held'
  | 'failed'
  | 'expired'
  | 'suppressed'
  | 'collapsed';

/** Those in which nothing more is tried. */
export const endStates: ReadonlySet<MessageState> = new Set([
  'accepted',
  'delivered',
  'undelivered',
  'held',
  'failed',
  'expired',
  'suppressed',
  'collapsed',
]);

/** What may be personal of a message. */
export interface Content {
  /** Where the directory does not know it. */
  readonly address: string | null;
  readonly parameters: Parameters;
  /** What to say where there is no template. */
  readonly subject: string | null;
  readonly text: string | null;
  /** As it was said by the first call: what is said again under one key has to be the same. */
  readonly said: Said | null;
}

/** What a digest tells of. */
export interface Digest {
  readonly count: number;
  readonly templates: readonly (string | null)[];
  /** The first of them, in the order in which they were asked; at most `digestLines`. */
  readonly first: readonly { readonly template: string | null; readonly content: Content | null }[];
}

export interface Message {
  readonly tenantId: string;
  readonly requestId: RequestId;
  readonly state: MessageState;
  readonly code: string | null;
  readonly detail: string | null;
  readonly channel: string | null;
  readonly recipientId: string | null;
  readonly channelId: string | null;
  readonly template: string | null;
  readonly language: string | null;
  readonly causedBy: EventId;
  readonly content: Content | null;
  readonly createdAtMs: number;
  readonly notAfterMs: number;
  readonly attempts: number;
  /** How often its provider was asked whether it has the message. */
  readonly lookups: number;
  readonly traceparent: string | null;
  /** What a person said is to become of it; nobody has done it yet. */
  readonly decision: 'sent' | 'resend' | 'drop' | null;
  /** Calls that may have arrived. */
  readonly doubtful: number;
  /** The last call that was begun. */
  readonly last: LastAttempt | null;
  /** When the first one was begun. */
  readonly firstCallMs: number | null;
  readonly isDigest: boolean;
  /** Somebody whom it would name is erased: it says nothing any more. */
  readonly isErased: boolean;
  /** It stands for one that surely did not reach the person by another channel. */
  readonly isFallback: boolean;
  /** It has just failed: the person may have another channel. */
  readonly fallbackOpen: boolean;
  /** Of a digest before its first call: see `gathered`. */
  readonly digest: Digest | null;
}

export interface LastAttempt {
  readonly n: number;
  readonly senderId: string;
}

/** Throws where there is none: a turn is the last of a message that goes. */
export async function readMessage(tx: Transaction, tenantId: string, requestId: RequestId): Promise<Message> {
  const [row] = await tx.query<MessageRow>(messageSql, [tenantId, requestId.slice(4)]);
  if (row === undefined)
    throw new TrunklineError('unknown', `${requestId} has a turn and is no message of ${tenantId}`);
  const { content, createdAt, notAfter, causedBy, firstCall, lastN, lastSender, doubtful, ...message } = row;
  return {
    ...message,
    tenantId,
    requestId,
    causedBy: `evt_${causedBy.replaceAll('-', '')}`,
    content: content === null ? null : readContent(content),
    createdAtMs: createdAt.getTime(),
    notAfterMs: notAfter.getTime(),
    doubtful: Number(doubtful),
    last: lastN === null || lastSender === null ? null : { n: lastN, senderId: lastSender },
    firstCallMs: firstCall?.getTime() ?? null,
    digest: null,
  };
}

type MessageRow = Pick<
  Message,
  | 'state'
  | 'code'
  | 'detail'
  | 'channel'
  | 'recipientId'
  | 'channelId'
  | 'template'
  | 'language'
  | 'attempts'
  | 'lookups'
  | 'traceparent'
  | 'decision'
  | 'isDigest'
  | 'isErased'
  | 'isFallback'
  | 'fallbackOpen'
> & {
  readonly causedBy: string;
  readonly content: string | null;
  readonly createdAt: Date;
  readonly notAfter: Date;
  readonly doubtful: string;
  readonly lastN: number | null;
  readonly lastSender: string | null;
  readonly firstCall: Date | null;
};

const said = z.object({ subject: z.string(), text: z.string() });
const contentSchema: z.ZodType<Content> = z.object({
  address: z.string().nullable(),
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
  subject: z.string().nullable(),
  text: z.string().nullable(),
  said: said.nullable(),
});

/** What this service wrote itself. */
export function readContent(text: string): Content {
  return contentSchema.parse(JSON.parse(text));
}

const messageSql = `
SELECT m.state, m.code, m.detail, m.channel, m.recipient_id AS "recipientId", m.channel_id AS "channelId", m.template, m.language,
  m.caused_by AS "causedBy", m.content, m.created_at AS "createdAt", m.not_after AS "notAfter", m.attempts, m.lookups, m.traceparent,
  m.is_digest AS "isDigest", m.erased_at IS NOT NULL AS "isErased", m.fallback_of IS NOT NULL AS "isFallback", m.fallback_open AS "fallbackOpen",
  (SELECT message_decision FROM notifications.turn t WHERE t.request_id = m.request_id) AS decision,
  calls.doubtful, calls.first_call AS "firstCall", last.n AS "lastN", last.sender_id AS "lastSender"
FROM notifications.message m
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE outcome = 'maybe') AS doubtful, min(started_at) AS first_call
  FROM notifications.attempt a WHERE a.tenant_id = m.tenant_id AND a.request_id = m.request_id
) calls
LEFT JOIN LATERAL (
  SELECT n, sender_id FROM notifications.attempt a
  WHERE a.tenant_id = m.tenant_id AND a.request_id = m.request_id ORDER BY n DESC LIMIT 1
) last ON true
WHERE m.tenant_id = $1 AND m.request_id = $2::uuid`;
