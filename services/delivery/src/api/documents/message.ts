import { type Message, type MessageHistory, messageStatuses, verdicts } from '@trunkline/delivery';
import { z } from 'zod';

import { endpointId, eventId, instant, instantOrNull, timeOf } from './values.ts';

const shared = {
  eventId,
  type: z.string(),
  acceptedAt: instant,
  occurredAt: instant,
  bytes: z.int().describe('of the body in the format `standard`'),
  matched: z.int().describe('how many endpoints were to be told'),
  verdicts: z.record(z.string(), z.enum(verdicts)).describe('of each endpoint that the tenant had when the event came'),
};

export const listedMessage = z
  .strictObject({
    ...shared,
    status: z
      .enum(messageStatuses)
      .describe('`waiting` for an endpoint; `undelivered`: given up at one; else `delivered`, or `unmatched`'),
  })
  .meta({ id: 'Message' });

export const messageHistory = z
  .strictObject({
    ...shared,
    waiting: z.array(
      z.strictObject({
        endpointId,
        dueAt: instantOrNull.describe('null: it holds its key until somebody releases it'),
        attempts: z.int(),
        lastCode: z.string().nullable(),
        cause: z.string(),
      }),
    ),
    attempts: z
      .array(
        z.strictObject({
          endpointId,
          no: z.int(),
          at: instant,
          code: z.string(),
          status: z.int().nullable(),
          tookMs: z.int(),
          detail: z.string().nullable(),
          nextAt: instantOrNull,
          outcome: z.string().nullable().describe('null: it goes on, or holds its key'),
          cause: z.string(),
          body: z.string().nullable().describe('the beginning of the answer, where the request failed'),
          traceId: z.string().nullable(),
        }),
      )
      .describe('oldest first'),
  })
  .meta({ id: 'MessageHistory' });

export function messageDocument(message: Message): Omit<z.input<typeof listedMessage>, 'status'> {
  const { tenantId: _, acceptedAtMs, occurredAtMs, ...rest } = message;
  return { ...rest, acceptedAt: timeOf(acceptedAtMs), occurredAt: timeOf(occurredAtMs) };
}

export function historyDocument({ message, waiting, attempts }: MessageHistory): z.input<typeof messageHistory> {
  return {
    ...messageDocument(message),
    waiting: waiting.map(({ dueAtMs, ...rest }) => ({ ...rest, dueAt: timeOf(dueAtMs) })),
    attempts: attempts.map(({ atMs, nextAtMs, ...rest }) => ({ ...rest, at: timeOf(atMs), nextAt: timeOf(nextAtMs) })),
  };
}
