import type { TopicEntry } from '../../packages/events/src/catalogue/topic-entry.ts';
import { eventContentType, headerName } from '../../packages/events/src/headers.ts';

/** What a subscriber is told about one header. Values are UTF-8 text. */
export interface HeaderFacts {
  readonly name: string;
  readonly doc: string;
  readonly example: string;
  /** False where a record may come without it. */
  readonly required: boolean;
}

const always: readonly HeaderFacts[] = [
  {
    name: headerName.contentType,
    doc: 'The value is Avro in the Confluent wire format.',
    example: eventContentType,
    required: true,
  },
];

const trace: readonly HeaderFacts[] = [
  {
    name: headerName.traceparent,
    doc: 'W3C trace context of this publish: make it the parent of your span.',
    example: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    required: false,
  },
  { name: headerName.tracestate, doc: 'W3C trace state, beside traceparent.', example: 'vendor=1', required: false },
  {
    name: headerName.originTraceparent,
    doc: 'Trace context of the first publish; every later copy keeps it.',
    example: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    required: false,
  },
];

const dataSchema: HeaderFacts = {
  name: headerName.dataSchema,
  doc: 'The release of the schema the record was written with: urn:trunkline:schema:<subject>:<n>, file schemas/released/<subject>/<n>.avsc.',
  example: 'urn:trunkline:schema:payments.payment.v1-value:1',
  required: true,
};

const cloudEvent: readonly HeaderFacts[] = [
  { name: headerName.specVersion, doc: 'Version of CloudEvents.', example: '1.0', required: true },
  {
    name: headerName.id,
    doc: 'The event id, the same whenever and however often the fact was received. Dedupe by it.',
    example: 'evt_47fca7c8db0b51af89a63cf6e0ed9357',
    required: true,
  },
  {
    name: headerName.source,
    doc: 'Tenant and source: /tenants/<tenantId>/sources/<sourceId>.',
    example: '/tenants/tnt_acme/sources/src_stripe',
    required: true,
  },
  {
    name: headerName.type,
    doc: 'What happened. Lists of types only grow: skip a type you do not know.',
    example: 'payments.payment.succeeded',
    required: true,
  },
  {
    name: headerName.time,
    doc: 'When the fact happened, by the provider; the time of receipt where metadata.occurredAtIsEstimated.',
    example: '2024-11-22T00:00:00.000Z',
    required: true,
  },
  {
    name: headerName.subject,
    doc: 'The entity: <kind>/<entity id>, unique only inside a tenant, provider and account.',
    example: 'payment_intent/pi_1',
    required: true,
  },
  dataSchema,
  {
    name: headerName.partitionKey,
    doc: 'Equal to the record key: what this record stays in order with.',
    example: 'tnt_acme:stripe:acct_1.live:payment_intent:pi_1',
    required: true,
  },
];

/** What a request says in them where an event says something else. It has no subject. */
const ofRequests: Readonly<Record<string, Pick<HeaderFacts, 'doc' | 'example'>>> = {
  [headerName.id]: {
    doc: 'The request id, the same whenever and however often it is asked. Dedupe by it.',
    example: 'req_e69c0c73684258459711b2b6d059d394',
  },
  [headerName.source]: {
    doc: 'Tenant and who asks: /tenants/<tenantId>/groups/<consumer group>.',
    example: '/tenants/tnt_acme/groups/telephony',
  },
  [headerName.type]: {
    doc: 'What to do. Lists of types only grow: skip a type you do not know.',
    example: 'notifications.request.send',
  },
  [headerName.time]: { doc: 'When the request was made.', example: '2024-11-22T00:00:00.000Z' },
  [headerName.partitionKey]: {
    doc: 'Equal to the record key: what this record stays in order with.',
    example: 'tnt_acme:per_ada',
  },
};

const requestEvent: readonly HeaderFacts[] = cloudEvent
  .filter(({ name }) => name !== headerName.subject)
  .map((header) => ({ ...header, ...ofRequests[header.name] }));

/** docs/records.md, "Headers". */
export const headersOf: Readonly<Record<TopicEntry['kind'], readonly HeaderFacts[]>> = {
  domain: [...cloudEvent, ...always, ...trace],
  integration: [...cloudEvent, ...always, ...trace],
  ingress: [dataSchema, ...always, ...trace],
  request: [...requestEvent, ...always, ...trace],
};
