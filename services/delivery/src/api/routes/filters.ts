import { endpointLimits, filterTrialLimits, readTrial } from '@trunkline/delivery';
import { defineRoute, type Route } from '@trunkline/http-api';
import { z } from 'zod';

import { filter } from '../documents/endpoint.ts';
import { eventId } from '../documents/values.ts';
import type { DeliveryParts } from '../parts.ts';

const verdictOf = { matches: 'matched', differs: 'filter', failed: 'filter_failed' } as const;

export const check: Route<DeliveryParts> = defineRoute({
  summary: 'Which of the newest messages a filter would let through',
  description: 'Changes nothing. A filter that does not fit the types is refused as it would be of an endpoint.',
  body: z
    .strictObject({
      filter,
      types: z.array(z.string().max(200)).min(1).max(endpointLimits.typePatterns).describe('as of an endpoint'),
      eventId: eventId.optional().describe('only this message'),
      last: z
        .int()
        .min(1)
        .max(filterTrialLimits.mostMessages)
        .default(filterTrialLimits.messages)
        .describe('how many of the newest ones'),
    })
    .meta({ id: 'FilterTrial' }),
  status: 200,
  answer: z.strictObject({
    judged: z.int(),
    matched: z.int(),
    failed: z.int().describe('could not be judged; an endpoint would not be told of them'),
    messages: z
      .array(
        z.strictObject({
          eventId,
          type: z.string(),
          verdict: z.enum(['matched', 'filter', 'filter_failed']),
          reason: z.string().nullable().describe('why it could not be judged'),
        }),
      )
      .describe('newest first'),
  }),
  problems: [],
  async handle({ tx, caller: { tenantId }, body: { filter: given, ...asked } }) {
    const tried = await readTrial(tx, { tenant: tenantId, filter: given, ...asked });
    const messages = tried.map(({ judgement, ...message }) => ({
      ...message,
      verdict: verdictOf[judgement.kind],
      reason: judgement.kind === 'failed' ? judgement.reason : null,
    }));
    return {
      judged: messages.length,
      matched: messages.filter(({ verdict }) => verdict === 'matched').length,
      failed: messages.filter(({ verdict }) => verdict === 'filter_failed').length,
      messages,
    };
  },
});
