import type { ConsumedRequest } from '@trunkline/consumer';
import { TrunklineError, uuidOf } from '@trunkline/core';
import { jsonText, type Transaction } from '@trunkline/postgres';
import { z } from 'zod';

import { sendingLimits } from '../sending/limits.ts';
import { rememberNamed, takeTurnOf } from './erasure.ts';
import type { Content } from './message.ts';

export type NotificationRequest = ConsumedRequest<'notifications.request.v1'>;

/** Writes down what is to be told, with a turn for each: what happens then is the senders'. */
export async function takeMessages(tx: Transaction, requests: readonly NotificationRequest[]): Promise<void> {
  await takeTurnOf(tx, requests);
  const rows = requests.map(rowOf);
  await tx.query(messageSql, [jsonText(rows)]);
  await tx.query(turnSql, [jsonText(rows)]);
  await rememberNamed(tx, requests);
}

function rowOf({ record, requestId, trace }: NotificationRequest): Readonly<Record<string, unknown>> {
  const { metadata, notBefore, notAfter } = record;
  const content: Content = {
    address: record.recipientAddress,
    parameters: parametersOf(record.parametersJson),
    subject: record.subject,
    text: record.text,
    said: null,
  };
  const worthUntil = metadata.requestedAt + sendingLimits.worthMs;
  return {
    tenant_id: metadata.tenantId,
    request_id: uuidOf(requestId),
    channel: channelOf(record.channel),
    recipient_id: record.recipientId,
    channel_id: record.channelId,
    template: record.template,
    language: record.language,
    caused_by: metadata.causedBy.slice(4),
    about_provider: record.aboutProvider,
    about_account: record.aboutAccount,
    about_kind: record.aboutKind,
    about_id: record.aboutId,
    content: JSON.stringify(content),
    requested_at: new Date(metadata.requestedAt).toISOString(),
    not_after: new Date(Math.min(notAfter ?? worthUntil, worthUntil)).toISOString(),
    due_at: notBefore === null ? null : new Date(notBefore).toISOString(),
    traceparent: trace?.traceparent ?? null,
  };
}

/** The schema's word for the only chat there is a sender for. */
function channelOf(channel: string | null): string | null {
  return channel === 'chat' ? 'slack' : channel;
}

const parameters = z.record(z.string(), z.unknown());

function parametersOf(text: string | null): Content['parameters'] {
  if (text === null) return {};
  const parsed = parameters.safeParse(jsonOf(text));
  if (!parsed.success) throw new TrunklineError('payload_malformed', 'parametersJson is no JSON object');
  return Object.fromEntries(
    Object.entries(parsed.data).map(([name, value]) => [name, isPlain(value) ? value : JSON.stringify(value)]),
  );
}

function isPlain(value: unknown): value is string | number | null {
  return typeof value === 'string' || typeof value === 'number' || value === null;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text.
    throw new TrunklineError('payload_malformed', 'parametersJson is no JSON text');
  }
}

const rowsSql = `jsonb_to_recordset($1::jsonb) AS r(tenant_id text, request_id uuid, channel text, recipient_id text,
  channel_id text, template text, language text, caused_by uuid, about_provider text, about_account text, about_kind text,
  about_id text, content text, requested_at timestamptz, not_after timestamptz, due_at timestamptz, traceparent text)`;

const messageSql = `
INSERT INTO notifications.message (tenant_id, request_id, state, channel, recipient_id, channel_id, template, language, caused_by,
  about_provider, about_account, about_kind, about_id, content, requested_at, not_after, traceparent)
SELECT tenant_id, request_id, 'asked', channel, recipient_id, channel_id, template, language, caused_by,
  about_provider, about_account, about_kind, about_id, content, requested_at, not_after, traceparent
FROM ${rowsSql} ON CONFLICT DO NOTHING`;

const turnSql = `
INSERT INTO notifications.turn (request_id, tenant_id, due_at)
SELECT request_id, tenant_id, coalesce(due_at, clock_timestamp()) FROM ${rowsSql} ON CONFLICT DO NOTHING`;
