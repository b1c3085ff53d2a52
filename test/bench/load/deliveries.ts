/** The delivery that is measured: a Stripe payment of exactly 1 KB, each with an event and a payment of its own. */
import { newDeliveryId } from '@trunkline/core';
import {
  createEventCodec,
  type DomainTopic,
  type EncodedRecord,
  encodeEvent,
  encodeIngress,
  type EventCodec,
  sealEvent,
} from '@trunkline/events';
import { createSchemaRegistry } from '@trunkline/kafka';
import {
  archivedHeaders,
  archivedQuery,
  normalizeDelivery,
  type ProviderDefinition,
  providerNamed,
  type ReceivedRequest,
  singleHeader,
  type SourceSettings,
  verifyDelivery,
} from '@trunkline/providers';
import { loadFixture, requestOf } from '@trunkline/providers/fixtures';
import type { TestInstallation } from '@trunkline/testkit';

export const bodyBytes = 1_024;
export const benchTopic = 'payments.payment.v1' satisfies DomainTopic;
const provider = stripe();
const fixture = loadFixture('stripe', 'payment_intent.succeeded');

/** Members of a payment that say nothing here, left out to come to 1 KB. */
const leftOut = new Set([
  'amount_details',
  'application',
  'application_fee_amount',
  'automatic_payment_methods',
  'confirmation_method',
  'customer_account',
  'excluded_payment_method_types',
  'on_behalf_of',
  'payment_method_configuration_details',
  'payment_method_options',
  'processing',
  'receipt_email',
  'review',
  'setup_future_usage',
  'shipping',
  'source',
  'statement_descriptor_suffix',
  'transfer_data',
  'transfer_group',
]);

/** Delivery number n, signed now; of 1 KB unless told. */
function signedDelivery(settings: SourceSettings, n: number, bytes: number = bodyBytes): ReceivedRequest {
  const unsigned = requestOf(fixture, `http://127.0.0.1/hooks/${settings.sourceId}`);
  return provider.sign({ ...unsigned, body: bodyOf(n, bytes) }, settings, Date.now());
}

/** So many different deliveries as bytes on the wire, head and body; from another number on they are others. */
export function wireRequests(
  settings: SourceSettings,
  count: number,
  ...[from = 0, bytes = bodyBytes]: [from?: number, bytes?: number]
): readonly Buffer[] {
  return Array.from({ length: count }, (_, n) => wireBytes(signedDelivery(settings, from + n, bytes)));
}

/** The records that the ingress makes of delivery n: first the archive's, then the event's. */
export interface RecordMaker {
  records(n: number, tenantId?: string): readonly [archive: EncodedRecord, event: EncodedRecord];
}

export async function createRecordMaker(world: TestInstallation, settings: SourceSettings): Promise<RecordMaker> {
  const { endpoints, namespace, secrets } = world.installation;
  const registry = createSchemaRegistry({ url: endpoints.registryUrl, namespace, timeoutMs: 10_000 });
  const codec = await createEventCodec({ registry, topics: ['ingress.delivery.v1', benchTopic] });
  const installationKey = Buffer.from(secrets['TRUNKLINE_INSTALLATION_KEY'] ?? '', 'hex');
  return {
    records: (n, tenantId = settings.tenantId) =>
      recordsOf({ codec, settings: { ...settings, tenantId }, installationKey }, signedDelivery(settings, n)),
  };
}

interface Making {
  readonly codec: EventCodec;
  readonly settings: SourceSettings;
  readonly installationKey: Uint8Array;
}

function recordsOf(making: Making, request: ReceivedRequest): readonly [EncodedRecord, EncodedRecord] {
  const { codec, settings, installationKey } = making;
  const receivedAtMs = Date.now();
  const verified = verifyDelivery({ provider, settings }, request, receivedAtMs);
  if (!verified.ok) throw new Error(`the sample delivery is refused: ${verified.step}`);
  const { verdict, events } = normalizeDelivery(provider, verified.delivery);
  const [draft] = events;
  if (draft === undefined || draft.topic !== benchTopic) throw new Error('the sample delivery is no payment');
  const { sourceId, tenantId } = settings;
  const deliveryId = newDeliveryId(receivedAtMs);
  const sealed = sealEvent(draft, {
    tenantId,
    sourceId,
    provider: provider.name,
    deliveryId,
    receivedAtMs,
    correction: 0,
    installationKey,
  });
  const archive = encodeIngress(
    codec,
    {
      topic: 'ingress.delivery.v1',
      record: {
        deliveryId,
        tenantId,
        sourceId,
        provider: provider.name,
        receivedAt: receivedAtMs,
        method: request.method,
        path: request.target,
        query: archivedQuery(request.target),
        headers: archivedHeaders(request.headers, verified.delivery.keepHeaders),
        contentType: singleHeader(request, 'content-type') ?? null,
        body: Buffer.from(request.body),
        verdict,
        reason: null,
        eventIds: [sealed.eventId],
        handshake: null,
        answerStatus: 200,
        verifiedWith: settings.secrets[0]?.name ?? '0',
        traceId: null,
      },
    },
    {},
  );
  return [archive, encodeEvent(codec, sealed, {})];
}

interface Sample {
  readonly data: { readonly object: Record<string, unknown> };
}

function bodyOf(n: number, bytes: number): Buffer {
  const suffix = String(n).padStart(10, '0');
  const event = JSON.parse(Buffer.from(fixture.request.body).toString('utf8')) as Sample & { id: string };
  event.id += suffix;
  const { object } = event.data;
  for (const member of leftOut) delete object[member];
  object['id'] = `${String(object['id'])}${suffix}`;
  object['description'] = '';
  object['description'] = 'x'.repeat(bytes - Buffer.byteLength(JSON.stringify(event)));
  return Buffer.from(JSON.stringify(event), 'utf8');
}

function wireBytes({ method, target, headers, body }: ReceivedRequest): Buffer {
  const head = [
    `${method} ${target} HTTP/1.1`,
    'Host: 127.0.0.1',
    ...headers.map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${body.length}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), body]);
}

function stripe(): ProviderDefinition {
  const found = providerNamed('stripe');
  if (found === undefined) throw new Error('there is no provider stripe');
  return found;
}
