import { messageStatuses, readHistory, readMessages, resend } from '@trunkline/delivery';
import { defineRoute, Problem, readCursor, type Route, writeCursor } from '@trunkline/http-api';
import { z } from 'zod';

import { historyDocument, listedMessage, messageDocument, messageHistory } from '../documents/message.ts';
import { endpointId, eventId, microseconds, next, paging, uuid } from '../documents/values.ts';
import type { DeliveryParts } from '../parts.ts';

const path = z.strictObject({ eventId });

export const list: Route<DeliveryParts> = defineRoute({
  summary: 'Messages, newest first, and what became of each',
  description: 'Of the last 30 days. What was never delivered is found faster by /v1/undelivered.',
  query: z.strictObject({
    endpoint: endpointId.optional().describe('only what was meant for it, and its status there'),
    type: z.string().max(200).optional().describe('a type of events'),
    status: z.enum(messageStatuses).optional(),
    ...paging,
  }),
  status: 200,
  answer: z.strictObject({ messages: z.array(listedMessage), next }),
  problems: ['cursor_invalid'],
  async handle({ tx, caller: { tenantId }, query: { limit, cursor, endpoint, type, status } }) {
    const asked = ['messages', endpoint, type, status];
    const after = cursor === undefined ? undefined : readCursor(cursor, asked, z.tuple([microseconds, uuid]));
    const question = { tenant: tenantId, endpointId: endpoint, type, status, after, limit: limit + 1 };
    const found = await readMessages(tx, question);
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    return {
      messages: page.map(({ message, status: became }) => ({ ...messageDocument(message), status: became })),
      next: last === undefined ? null : writeCursor(last.place, asked),
    };
  },
});

export const read: Route<DeliveryParts> = defineRoute({
  summary: 'One message: who was to be told, what waits, and each attempt',
  path,
  status: 200,
  answer: messageHistory,
  problems: [],
  async handle({ tx, path: { eventId: id } }) {
    const history = await readHistory(tx, id);
    if (history === undefined) throw noSuchMessage();
    return historyDocument(history);
  },
});

export const resendToEndpoints: Route<DeliveryParts> = defineRoute({
  summary: 'Send a message once more',
  description:
    'With the same webhook-id, and a schedule of its own: delivered before, given up, or never meant for the endpoint. An endpoint that is disabled is refused.',
  path,
  body: z
    .strictObject({ endpointId: endpointId.optional().describe('every endpoint that it was meant for unless given') })
    .meta({ id: 'Resending' }),
  status: 202,
  answer: z.strictObject({ eventId, endpoints: z.array(endpointId) }),
  problems: [],
  isNamed: true,
  async handle({ tx, caller: { actor }, path: { eventId: id }, body }) {
    const resent = await resend(tx, { eventId: id, endpointId: body.endpointId, actor });
    if (resent.kind === 'no_message') throw noSuchMessage();
    return { eventId: id, endpoints: [...resent.endpoints] };
  },
});

function noSuchMessage(): Problem {
  return new Problem('not_found', 'there is no such message: no endpoint was there when the event came, or it is gone');
}
