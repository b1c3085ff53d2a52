import { readUndelivered, readUndeliveredCounts, undeliveredKinds, undeliveredReason } from '@trunkline/delivery';
import { defineRoute, readCursor, type Route, writeCursor } from '@trunkline/http-api';
import { z } from 'zod';

import {
  endpointId,
  eventId,
  instant,
  instantGiven,
  instantOrNull,
  microseconds,
  next,
  paging,
  timeOf,
  uuid,
} from '../documents/values.ts';
import type { DeliveryParts } from '../parts.ts';

const dayMs = 86_400_000;

const filters = {
  since: instantGiven.optional().describe('accepted since then; a day ago unless given'),
  endpoint: endpointId.optional().describe('only of this endpoint'),
  reason: z
    .string()
    .max(100)
    .regex(undeliveredReason, `a reason begins with one of ${undeliveredKinds.join(', ')}`)
    .optional()
    .describe('only for this reason, or what it begins with: `waiting`, `exhausted/http_5xx`'),
};

export const list: Route<DeliveryParts> = defineRoute({
  summary: 'What endpoints have not been told, and why, newest first',
  description: 'Each pair of event and endpoint once, with the reason that holds now.',
  query: z.strictObject({ ...filters, ...paging }),
  status: 200,
  answer: z.strictObject({
    undelivered: z.array(
      z
        .strictObject({
          eventId,
          type: z.string(),
          endpointId: endpointId.nullable().describe('null: it matched no endpoint'),
          reason: z.string(),
          at: instant,
          nextAt: instantOrNull.describe('when it is tried next; null when it is not'),
        })
        .meta({ id: 'Undelivered' }),
    ),
    next,
  }),
  problems: ['cursor_invalid'],
  async handle({ tx, caller: { tenantId }, query: { since, endpoint, reason, limit, cursor }, clock }) {
    const asked = ['undelivered', since, endpoint, reason];
    const after = cursor === undefined ? undefined : readCursor(cursor, asked, z.tuple([microseconds, uuid, uuid]));
    const found = await readUndelivered(tx, {
      tenant: tenantId,
      sinceMs: since ?? clock() - dayMs,
      endpointId: endpoint,
      reason,
      after,
      limit: limit + 1,
    });
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    return {
      undelivered: page.map(({ undelivered: { atMs, nextAtMs, ...rest } }) => ({
        ...rest,
        at: timeOf(atMs),
        nextAt: timeOf(nextAtMs),
      })),
      next: last === undefined ? null : writeCursor(last.place, asked),
    };
  },
});

export const summary: Route<DeliveryParts> = defineRoute({
  summary: 'How many there are of each reason',
  query: z.strictObject(filters),
  status: 200,
  answer: z.strictObject({ counts: z.array(z.strictObject({ reason: z.string(), count: z.int() })) }),
  problems: [],
  async handle({ tx, caller: { tenantId }, query: { since, endpoint, reason }, clock }) {
    const sinceMs = since ?? clock() - dayMs;
    const question = { tenant: tenantId, sinceMs, endpointId: endpoint, reason };
    return { counts: [...(await readUndeliveredCounts(tx, question))] };
  },
});
