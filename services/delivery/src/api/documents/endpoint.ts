import { endpointLimits, exhaustions, type KnownEndpoint, orderings, schedules } from '@trunkline/delivery';
import { filterLimits } from '@trunkline/expressions';
import { formatNames } from '@trunkline/payload';
import { signingKinds } from '@trunkline/signing';
import { z } from 'zod';

import { endpointId, instant, instantOrNull, timeOf } from './values.ts';

const secretInfo = z.strictObject({
  generation: z.int(),
  kind: z.enum(signingKinds),
  fingerprint: z.string(),
  createdAt: instant,
  signsUntil: instantOrNull.describe('null: it has no successor'),
});

const health = z.strictObject({
  failures: z.int().describe('requests since the last success'),
  lastCode: z.string().nullable(),
  lastSuccessAt: instantOrNull,
  lastFailureAt: instantOrNull,
  failingSince: instantOrNull.describe('of the failure that no success has followed'),
});

/** An endpoint as it is shown: everything but its secrets. */
export const endpoint = z
  .strictObject({
    endpointId,
    url: z.string(),
    description: z.string(),
    types: z.array(z.string()),
    filter: z.string().describe('which of them, in CEL; empty: all'),
    format: z.enum(formatNames),
    schedule: z.array(z.int()).describe('seconds before each attempt'),
    timeoutMs: z.int(),
    maxInFlight: z.int(),
    ordering: z.enum(orderings),
    onExhausted: z.enum(exhaustions),
    state: z
      .enum(['enabled', 'paused', 'disabled'])
      .describe('`paused`: what comes waits; `disabled`: what comes is skipped'),
    stateReason: z.string(),
    stateSince: instant,
    createdBy: z.string(),
    createdAt: instant,
    health,
    filterFailure: z
      .strictObject({ at: instant, reason: z.string() })
      .nullable()
      .describe('the newest message that the filter could not judge, and why; the endpoint was not told of it'),
    secrets: z.array(secretInfo).describe('newest first, without the secrets'),
  })
  .meta({ id: 'Endpoint' });

export const createdEndpoint = endpoint
  .extend({ secret: z.string().describe('what the receiver verifies with; not shown again') })
  .meta({ id: 'CreatedEndpoint' });

export function endpointDocument({
  endpoint: known,
  health: fares,
  filterFailure,
  secrets,
}: KnownEndpoint): z.input<typeof endpoint> {
  const { tenantId: _, stateSinceMs, createdAtMs, types, schedule, state, ...rest } = known;
  if (state === 'deleted') throw new RangeError('an endpoint that is deleted is not shown');
  return {
    ...rest,
    state,
    types: [...types],
    schedule: [...schedule],
    stateSince: timeOf(stateSinceMs),
    createdAt: timeOf(createdAtMs),
    health: {
      failures: fares.failures,
      lastCode: fares.lastCode,
      lastSuccessAt: timeOf(fares.lastSuccessAtMs),
      lastFailureAt: timeOf(fares.lastFailureAtMs),
      failingSince: timeOf(fares.failingSinceMs),
    },
    filterFailure: filterFailure === null ? null : { at: timeOf(filterFailure.atMs), reason: filterFailure.reason },
    secrets: secrets.map(({ generation, kind, fingerprint, createdAtMs: madeAtMs, signsUntilMs }) => ({
      generation,
      kind,
      fingerprint,
      createdAt: timeOf(madeAtMs),
      signsUntil: timeOf(signsUntilMs),
    })),
  };
}

/** Its text is read and checked where an endpoint is made. */
export const filter = z
  .string()
  .max(filterLimits.bytes)
  .describe('which events of the types, in CEL: `data.amount > 1000`; empty: all');

/** What people say of an endpoint. Their forms are checked here, what they mean where an endpoint is made. */
const settings = {
  url: z.string().max(endpointLimits.urlCharacters).describe('where it is posted to: https://…'),
  types: z
    .array(z.string().max(200))
    .min(1)
    .max(endpointLimits.typePatterns)
    .describe('what of: `payments.*`, `*.*.failed`, `**` for all'),
  description: z.string().max(endpointLimits.descriptionCharacters).describe('for people'),
  filter,
  format: z.enum(formatNames).describe('the shape of a message'),
  schedule: z
    .union([z.enum(Object.keys(schedules)), z.array(z.int().min(0)).min(1).max(endpointLimits.scheduleSteps)])
    .describe('a name, or seconds before each attempt, the first of which is 0'),
  timeoutMs: z.int().min(endpointLimits.leastTimeoutMs).max(endpointLimits.mostTimeoutMs),
  maxInFlight: z.int().min(1).max(endpointLimits.mostInFlight).describe('requests at a time'),
  ordering: z
    .enum(orderings)
    .describe('`key`: messages of one record key in their order, one at a time; `endpoint`: all messages'),
  onExhausted: z
    .enum(exhaustions)
    .describe(
      'when an ordered message is given up: those behind it `continue`, or it is on `hold` until somebody releases it',
    ),
};
const { url, types, ...others } = settings;

export const newEndpoint = z
  .strictObject({
    url,
    types,
    ...z.object(others).partial().shape,
    signing: z.enum(signingKinds).optional().describe('`hmac`: a shared secret (v1); `ed25519`: a public key (v1a)'),
  })
  .meta({ id: 'NewEndpoint' });

export const endpointChanges = z.strictObject(settings).partial().meta({ id: 'EndpointChanges' });

/** As the operation reads it: a name, or seconds in a text. */
export function scheduleText(given: string | readonly number[] | undefined): string | undefined {
  return typeof given === 'object' ? given.join(',') : given;
}
