import { type ProviderDefinition, providers } from '@trunkline/providers';
import { listFixtures, loadFixture } from '@trunkline/providers/fixtures';
import { z } from 'zod';

import { isDomainTopic, type RecordOf, type Topic } from '../../packages/events/src/catalogue.ts';
import { recordKey } from '../../packages/events/src/key.ts';
import { unstatedPayload } from '../../packages/events/src/payload.ts';
import { sealEvent, type SealedEvent } from '../../packages/events/src/seal.ts';

/** One record of a topic as JSON: instants as epoch milliseconds, bytes as base64. */
export interface TopicExample {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** An example of every topic that has one: of events the fixture that says most, of the others those below. */
export function topicExamples(): ReadonlyMap<Topic, TopicExample> {
  const examples = new Map<Topic, TopicExample>(Object.entries(written).filter(isOfTopic));
  const richest = new Map<Topic, number>();
  for (const provider of providers) {
    for (const event of fixtureEvents(provider)) {
      const said = valuesIn(event.value);
      if (said <= (richest.get(event.topic) ?? 0)) continue;
      richest.set(event.topic, said);
      examples.set(event.topic, { key: event.key, value: event.value });
    }
  }
  return examples;
}

/** How much a record says, its envelope included. */
function valuesIn({ metadata, ...payload }: FixtureRecord): number {
  return [...Object.values(metadata), ...Object.values(payload)].filter((value) => value !== null).length;
}

const recordSchema = z.looseObject({ metadata: z.record(z.string(), z.unknown()) });
type FixtureRecord = z.infer<typeof recordSchema>;

const outcomeSchema = z.object({
  events: z.array(
    z.object({
      topic: z.string(),
      key: z.string(),
      record: recordSchema,
    }),
  ),
});

interface FixtureEvent {
  readonly topic: Topic;
  readonly key: string;
  readonly value: FixtureRecord;
}

function fixtureEvents({ name }: ProviderDefinition): readonly FixtureEvent[] {
  return listFixtures(name).flatMap((fixture) => {
    const { expected, request } = loadFixture(name, fixture);
    const outcome = outcomeSchema.safeParse(expected);
    if (!outcome.success) return [];
    return outcome.data.events.flatMap(({ topic, key, record }): FixtureEvent[] => {
      if (!isDomainTopic(topic)) return [];
      if (topic !== 'integration.event.v1') return [{ topic, key, value: record }];
      // Expected files hold the digest of a body; one that is only an item of the request is not at hand.
      const isWhole = record['itemIndex'] === null && request.body.length <= longestBodyBytes;
      const body = Buffer.from(request.body).toString('base64');
      return isWhole ? [{ topic, key, value: { ...record, body } }] : [];
    });
  });
}

/** An example is read by people. */
const longestBodyBytes = 400;

function isOfTopic(entry: [string, TopicExample]): entry is [Topic, TopicExample] {
  return Object.hasOwn(written, entry[0]);
}

/** Bytes are base64 here, as in JSON. */
type Json<T> = { readonly [K in keyof T]: T[K] extends Buffer ? string : T[K] };

function example<T extends Topic>(_topic: T, key: readonly string[], value: Json<RecordOf<T>>): TopicExample {
  return { key: recordKey(key), value: { ...value } };
}

const deliveryId = 'dlv_0190b6a2f3c47a0e8f11223344556677';
const causedBy = 'evt_47fca7c8db0b51af89a63cf6e0ed9357';
const addressDigest = 'f888fb35da23b0c6fae7fab3c8f189dbcfd62f8702d793d6a518bba9c696caa9';
const receivedAt = 1_772_619_632_250;

/** What the service says of itself, sealed as it seals it. */
function own(sealed: SealedEvent): TopicExample {
  return { key: sealed.key, value: { ...sealed.record } };
}

const ownContext = {
  tenantId: 'tnt_fixture',
  sourceId: 'src_trunkline',
  provider: 'trunkline',
  deliveryId,
  receivedAtMs: receivedAt,
  correction: 0,
  installationKey: new Uint8Array(),
} as const;
const endpointId = 'ep_0193512b1c7b7d2e8f1a2b3c4d5e6f70';
const endpoint = { kind: 'endpoint', id: endpointId };

const written = {
  'delivery.endpoint.v1': own(
    sealEvent(
      {
        topic: 'delivery.endpoint.v1',
        type: 'delivery.endpoint.failing',
        account: 'delivery',
        entity: endpoint,
        identity: { basis: 'key', parts: [endpointId, '2'] },
        occurred: { at: receivedAt, estimated: false },
        providerSequence: 2,
        statedFields: ['code', 'failures', 'failingSince'],
        payload: {
          ...unstatedPayload('delivery.endpoint.v1'),
          code: 'http_5xx',
          failures: 1,
          failingSince: receivedAt,
        },
      },
      ownContext,
    ),
  ),
  'delivery.message.v1': own(
    sealEvent(
      {
        topic: 'delivery.message.v1',
        type: 'delivery.message.exhausted',
        account: 'delivery',
        entity: { kind: 'message', id: `${causedBy}/${endpointId}` },
        identity: { basis: 'key', parts: [causedBy, endpointId, '10'] },
        orderBy: { by: 'entity', entity: endpoint },
        occurred: { at: receivedAt, estimated: false },
        providerSequence: 10,
        statedFields: ['endpointId', 'messageId', 'messageType', 'attempts', 'code', 'nextAttemptAt'],
        payload: {
          ...unstatedPayload('delivery.message.v1'),
          endpointId,
          messageId: causedBy,
          messageType: 'payments.payment.succeeded',
          attempts: 10,
          code: 'http_5xx',
        },
      },
      ownContext,
    ),
  ),
  'ingress.delivery.v1': example('ingress.delivery.v1', ['tnt_fixture', deliveryId], {
    deliveryId,
    tenantId: 'tnt_fixture',
    sourceId: 'src_fixture',
    provider: 'stripe',
    receivedAt,
    method: 'POST',
    path: '/hooks/src_fixture',
    query: null,
    headers: [
      { name: 'content-type', value: 'application/json; charset=utf-8' },
      { name: 'stripe-signature', value: null },
    ],
    contentType: 'application/json; charset=utf-8',
    body: Buffer.from('{"id":"evt_1","object":"event"}').toString('base64'),
    verdict: 'normalised',
    reason: null,
    eventIds: [causedBy],
    handshake: null,
    answerStatus: 200,
    verifiedWith: 'env:STRIPE_SECRET',
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  }),
  'ingress.rejection.v1': example('ingress.rejection.v1', ['tnt_fixture', deliveryId], {
    deliveryId,
    tenantId: 'tnt_fixture',
    sourceId: 'src_fixture',
    provider: 'stripe',
    receivedAt,
    step: 'signature',
    code: 'signature_invalid',
    detail: 'no secret of the source gives this signature',
    method: 'POST',
    path: '/hooks/src_fixture',
    query: null,
    headers: [{ name: 'stripe-signature', value: null }],
    contentType: 'application/json; charset=utf-8',
    bodyBytes: 2_248,
    bodySha256: '135cf11540251f3655bab7c5cc934392a9bad44d022f23568a1968f0b4faf8c8',
    answerStatus: 401,
    suppressedBefore: null,
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  }),
  'notifications.request.v1': example('notifications.request.v1', ['tnt_fixture', 'per_ada'], {
    metadata: {
      requestId: 'req_e69c0c73684258459711b2b6d059d394',
      type: 'notifications.request.send',
      tenantId: 'tnt_fixture',
      causedBy,
      requestedAt: receivedAt,
    },
    channel: 'sms',
    recipientId: 'per_ada',
    channelId: 'sms',
    recipientAddress: null,
    template: 'missed_call',
    parametersJson: '{"calls":1}',
    language: 'en-GB',
    subject: null,
    text: null,
    textTruncated: null,
    aboutProvider: 'twilio',
    aboutAccount: 'AC00000000000000000000000000000000',
    aboutKind: 'call',
    aboutId: 'CA00000000000000000000000000000000',
    aboutDigests: [addressDigest],
    aboutOccurredAt: receivedAt,
    notBefore: null,
    notAfter: receivedAt + 3_600_000,
  }),
  'calendar.sync_request.v1': example('calendar.sync_request.v1', ['tnt_fixture', 'src_calendar', 'resource-1'], {
    metadata: {
      requestId: 'req_0b2f7c1e9d3a5c4b8e6f1a2b3c4d5e6f',
      type: 'calendar.sync_request.sync',
      tenantId: 'tnt_fixture',
      causedBy,
      requestedAt: receivedAt,
    },
    sourceId: 'src_calendar',
    provider: 'google_calendar',
    account: 'primary',
    deliveryId,
    channelId: 'channel-1',
    resourceId: 'resource-1',
    resourceUri: null,
    resourceState: 'exists',
    messageNumber: 10,
    channelExpiresAt: null,
    reason: 'changed',
    isFull: false,
  }),
  'privacy.erasure_request.v1': example('privacy.erasure_request.v1', ['tnt_fixture', addressDigest], {
    metadata: {
      requestId: 'req_4d1f0a9b8c7e5d6fa1b2c3d4e5f60718',
      type: 'privacy.erasure_request.erase',
      tenantId: 'tnt_fixture',
      causedBy,
      requestedAt: receivedAt,
    },
    addressKind: 'email',
    addressDigest,
    provider: 'hubspot',
    account: '62515',
    entityKind: 'contact',
    entityId: '1246965',
    erasedAt: receivedAt,
    reason: 'contact_deleted',
  }),
};
