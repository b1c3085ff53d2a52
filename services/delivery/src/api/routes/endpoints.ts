import {
  addEndpoint,
  changeSettings,
  changeState,
  type EndpointId,
  readEndpoints,
  readEndpointsAfter,
  release,
  replaceSecret,
} from '@trunkline/delivery';
import { defineRoute, Problem, readCursor, type Route, writeCursor } from '@trunkline/http-api';
import type { Transaction } from '@trunkline/postgres';
import { rotationLimits, signingKinds, verifyingKeyOf } from '@trunkline/signing';
import { z } from 'zod';

import {
  createdEndpoint,
  endpoint,
  endpointChanges,
  endpointDocument,
  newEndpoint,
  scheduleText,
} from '../documents/endpoint.ts';
import { endpointId, eventId, instant, next, paging, timeOf } from '../documents/values.ts';
import type { DeliveryParts } from '../parts.ts';

const path = z.strictObject({ endpointId });

export const list: Route<DeliveryParts> = defineRoute({
  summary: 'Endpoints, oldest first, and how each fares',
  query: z.strictObject(paging),
  status: 200,
  answer: z.strictObject({ endpoints: z.array(endpoint), next }),
  problems: ['cursor_invalid'],
  async handle({ tx, query: { limit, cursor } }) {
    const [after] = cursor === undefined ? [] : readCursor(cursor, ['endpoints'], z.tuple([endpointId]));
    const found = await readEndpointsAfter(tx, { after, limit: limit + 1 });
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1)?.endpoint.endpointId : undefined;
    return {
      endpoints: page.map(endpointDocument),
      next: last === undefined ? null : writeCursor([last], ['endpoints']),
    };
  },
});

export const create: Route<DeliveryParts> = defineRoute({
  summary: 'Make an endpoint; the answer has its secret, once',
  description: 'At most 50 of a tenant. Where the URL leads is judged at each request that is sent.',
  body: newEndpoint,
  status: 201,
  answer: createdEndpoint,
  problems: [],
  isNamed: true,
  async handle({ tx, caller: { tenantId, actor }, body: { schedule, ...settings }, clock, parts }) {
    const given = { ...settings, schedule: scheduleText(schedule), tenantId, actor };
    const made = await addEndpoint(tx, given, { ...parts, clock });
    return { ...(await shown(tx, made.endpointId)), secret: verifyingKeyOf(made.secret) };
  },
});

export const read: Route<DeliveryParts> = defineRoute({
  summary: 'One endpoint',
  path,
  status: 200,
  answer: endpoint,
  problems: [],
  handle: ({ tx, path: { endpointId: id } }) => shown(tx, id),
});

export const update: Route<DeliveryParts> = defineRoute({
  summary: 'Change what is said of an endpoint',
  description: 'What is left out stays. It holds for everything that is sent from now on, also for what waits.',
  path,
  body: endpointChanges,
  status: 200,
  answer: endpoint,
  problems: [],
  async handle({ tx, caller: { actor }, path: { endpointId: id }, body: { schedule, ...settings }, parts: { guard } }) {
    const change = { ...settings, schedule: scheduleText(schedule), endpointId: id, actor };
    required(await changeSettings(tx, change, guard));
    return await shown(tx, id);
  },
});

export const remove: Route<DeliveryParts> = defineRoute({
  summary: 'End an endpoint for ever',
  description: 'What waits is discarded, and its secrets open no more.',
  path,
  status: 204,
  problems: [],
  async handle({ tx, caller: { actor }, path: { endpointId: id } }) {
    required(await changeState(tx, { endpointId: id, actor, move: 'delete' }));
  },
});

export const rotate: Route<DeliveryParts> = defineRoute({
  summary: 'Make another secret; the answer has it, once',
  description:
    'Requests are signed with the old and the new one for a while, so a receiver that knows either verifies.',
  path,
  body: z
    .strictObject({
      kind: z.enum(signingKinds).optional().describe('that of the secret before unless given'),
      overlapSeconds: z
        .int()
        .min(0)
        .max(rotationLimits.longestOverlapMs / 1_000)
        .optional()
        .describe('how long both sign; a day unless given'),
    })
    .meta({ id: 'SecretRotation' }),
  status: 201,
  answer: z.strictObject({ endpointId, secret: z.string(), othersSignUntil: instant }),
  problems: [],
  isNamed: true,
  async handle({ tx, caller: { actor }, path: { endpointId: id }, body, clock, parts: { vault } }) {
    const overlapMs = body.overlapSeconds === undefined ? undefined : body.overlapSeconds * 1_000;
    const change = { endpointId: id, actor, kind: body.kind, overlapMs, nowMs: clock() };
    const { secret, signsUntilMs } = required(await replaceSecret(tx, change, vault));
    return { endpointId: id, secret: verifyingKeyOf(secret), othersSignUntil: timeOf(signsUntilMs) };
  },
});

export const enable: Route<DeliveryParts> = defineRoute({
  summary: 'Send to an endpoint again',
  description: 'What waits is sent; what it missed while it was disabled is not.',
  path,
  status: 200,
  answer: endpoint,
  problems: [],
  async handle({ tx, caller: { actor }, path: { endpointId: id } }) {
    required(await changeState(tx, { endpointId: id, actor, move: 'enable' }));
    return await shown(tx, id);
  },
});

/** Of whoever stops it. */
const reason = z.string().max(200).default('by the API').describe('for whoever looks');

export const pause: Route<DeliveryParts> = defineRoute({
  summary: 'Stop sending to an endpoint for a while',
  description: 'What waits and what comes goes on waiting: for five days, after which what comes is skipped.',
  path,
  body: z.strictObject({ reason }).meta({ id: 'Pausing' }),
  status: 200,
  answer: endpoint,
  problems: [],
  async handle({ tx, caller: { actor }, path: { endpointId: id }, body: { reason } }) {
    required(await changeState(tx, { endpointId: id, actor, move: 'pause', reason }));
    return await shown(tx, id);
  },
});

export const resume: Route<DeliveryParts> = defineRoute({
  summary: 'End the pause of an endpoint',
  description: 'What waits is sent. One that is disabled is refused.',
  path,
  status: 200,
  answer: endpoint,
  problems: ['invalid'],
  async handle({ tx, caller: { actor }, path: { endpointId: id } }) {
    required(await changeState(tx, { endpointId: id, actor, move: 'resume' }));
    return await shown(tx, id);
  },
});

export const disable: Route<DeliveryParts> = defineRoute({
  summary: 'Stop sending to an endpoint',
  description: 'What waits goes on waiting, what comes is skipped and can be sent again.',
  path,
  body: z.strictObject({ reason }).meta({ id: 'Disabling' }),
  status: 200,
  answer: endpoint,
  problems: [],
  async handle({ tx, caller: { actor }, path: { endpointId: id }, body: { reason } }) {
    required(await changeState(tx, { endpointId: id, actor, move: 'disable', reason }));
    return await shown(tx, id);
  },
});

export const releaseHeld: Route<DeliveryParts> = defineRoute({
  summary: 'Decide about messages that hold their keys',
  description:
    'Of an endpoint with `onExhausted: hold`. What is given up is `discarded/released`; what waited behind it is sent.',
  path,
  body: z
    .strictObject({
      eventId: eventId.optional().describe('one of them; all unless given'),
      retry: z.boolean().default(false).describe('tried again in its place, with a whole schedule, and not given up'),
    })
    .meta({ id: 'Releasing' }),
  status: 200,
  answer: z.strictObject({ endpointId, released: z.array(eventId) }),
  problems: [],
  async handle({ tx, caller: { actor }, path: { endpointId: id }, body }) {
    const released = required(await release(tx, { ...body, endpointId: id, actor }));
    return { endpointId: id, released: [...released] };
  },
});

/** Of the caller's tenant: of another's nothing is said, not that it is there either. */
async function shown(tx: Transaction, id: EndpointId): Promise<z.input<typeof endpoint>> {
  const [known] = await readEndpoints(tx, [id]);
  return endpointDocument(required(known?.endpoint.state === 'deleted' ? undefined : known));
}

function required<T>(found: T | undefined): T {
  if (found !== undefined) return found;
  throw new Problem('not_found', 'there is no such endpoint, or it is deleted');
}
