import { TrunklineError } from '@trunkline/core';
import fc from 'fast-check';

import type { PayloadOf, RecordOf } from '../catalogue.ts';
import type { EventDraft } from '../draft.ts';
import type { SchemaRegistry } from '../ports.ts';
import type { DeliveryContext } from '../seal.ts';

/** What tests of this package need more than once. Not exported by the package. */

export const receivedAtMs = 1_732_233_600_123;

export function deliveryContext(changes: Partial<DeliveryContext> = {}): DeliveryContext {
  return {
    tenantId: 'tnt_acme',
    sourceId: 'src_stripe',
    provider: 'stripe',
    deliveryId: 'dlv_0190b6a2f3c47a0e8f11223344556677',
    receivedAtMs,
    correction: 0,
    installationKey: Buffer.from('an installation key of 32 bytes!', 'latin1'),
    ...changes,
  };
}

export function paymentPayload(
  changes: Partial<PayloadOf<'payments.payment.v1'>> = {},
): PayloadOf<'payments.payment.v1'> {
  return {
    status: 'succeeded',
    providerStatus: 'succeeded',
    amount: 1_999,
    amountCapturable: 0,
    amountReceived: 1_999,
    currency: 'EUR',
    customerId: 'cus_1',
    paymentMethodId: 'pm_1',
    paymentMethodType: 'card',
    paymentMethodTypes: ['card', 'link'],
    captureMethod: 'automatic',
    nextActionType: null,
    failureCode: null,
    failureReason: null,
    cancellationReason: null,
    chargeId: 'ch_1',
    invoiceId: null,
    orderId: null,
    statementDescriptor: 'CAFÉ',
    attributesJson: null,
    livemode: false,
    createdAt: receivedAtMs - 5_000,
    canceledAt: null,
    payerEmail: null,
    subscriptionId: null,
    amountRefunded: 0,
    feeAmount: null,
    netAmount: null,
    cardBrand: 'visa',
    cardLast4: '4242',
    ...changes,
  };
}

export type PaymentDraft = EventDraft<'payments.payment.v1'>;

export function paymentDraft(changes: Partial<PaymentDraft> = {}): PaymentDraft {
  return {
    topic: 'payments.payment.v1',
    type: 'payments.payment.succeeded',
    account: 'acct_1.test',
    entity: { kind: 'payment_intent', id: 'pi_1' },
    identity: { basis: 'id', id: 'evt_1Pabc' },
    occurred: { at: 1_732_233_600_000, estimated: false },
    providerEventId: 'evt_1Pabc',
    statedFields: ['status', 'amount', 'currency'],
    payload: paymentPayload(),
    ...changes,
  };
}

export type IntegrationDraft = EventDraft<'integration.event.v1'>;

export function integrationDraft(changes: Partial<IntegrationDraft> = {}): IntegrationDraft {
  return {
    topic: 'integration.event.v1',
    type: 'integration.event.received',
    account: 'acct_1.test',
    entity: { kind: 'dispute', id: 'dp_1' },
    identity: { basis: 'id', id: 'evt_2' },
    occurred: { estimated: true },
    statedFields: [],
    payload: {
      originalType: 'charge.dispute.created',
      contentType: 'application/json',
      body: Buffer.from('{"id":"evt_2"}'),
      itemIndex: null,
      method: 'POST',
      query: null,
      headers: [
        { name: 'content-type', value: 'application/json' },
        { name: 'stripe-signature', value: null },
      ],
    },
    ...changes,
  };
}

export function deliveryRecord(
  changes: Partial<RecordOf<'ingress.delivery.v1'>> = {},
): RecordOf<'ingress.delivery.v1'> {
  return {
    deliveryId: 'dlv_0190b6a2f3c47a0e8f11223344556677',
    tenantId: 'tnt_acme',
    sourceId: 'src_stripe',
    provider: 'stripe',
    receivedAt: receivedAtMs,
    method: 'POST',
    path: '/hooks/src_stripe',
    query: null,
    headers: [{ name: 'stripe-signature', value: null }],
    contentType: 'application/json',
    body: Buffer.from('{}'),
    verdict: 'normalised',
    reason: null,
    eventIds: ['evt_47fca7c8db0b51af89a63cf6e0ed9357'],
    handshake: null,
    answerStatus: 200,
    verifiedWith: 'whsec_2026',
    traceId: null,
    ...changes,
  };
}

/** Strings of any UTF-16 units, also those that are no text: lone surrogates, controls, characters beyond U+FFFF. */
export function anyString(maxLength = 12): fc.Arbitrary<string> {
  const unit = fc.oneof(
    fc.constantFrom(...'aB0:%"\\ \n\u0000\u007f'),
    fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
    fc.integer({ min: 0xd800, max: 0xdfff }).map((code) => String.fromCharCode(code)),
    fc.integer({ min: 0x1_0000, max: 0x10_ffff }).map((code) => String.fromCodePoint(code)),
  );
  return fc.array(unit, { maxLength }).map((units) => units.join(''));
}

/** A registry in memory. Ids start at 1; `lookups` counts how often a schema was asked for. */
export interface MemoryRegistry extends SchemaRegistry {
  readonly lookups: number;
  register(subject: string, schema: string): number;
  /** Whether it can be reached. */
  reachable: boolean;
}

export function memoryRegistry(): MemoryRegistry {
  const schemas: { readonly subject: string; readonly schema: string }[] = [];
  let lookups = 0;
  const registry: MemoryRegistry = {
    reachable: true,
    get lookups() {
      return lookups;
    },
    register(subject, schema) {
      return schemas.push({ subject, schema });
    },
    async idOf(subject, schema) {
      await reach(registry);
      const index = schemas.findIndex((entry) => entry.subject === subject && entry.schema === schema);
      if (index === -1)
        throw new TrunklineError('config_invalid', `${subject} is not registered: run trunkline schemas register`);
      return index + 1;
    },
    async schemaOf(id) {
      lookups += 1;
      await reach(registry);
      const entry = schemas[id - 1];
      if (entry === undefined) throw new TrunklineError('schema_unknown', `the registry has no schema ${id}`);
      return entry.schema;
    },
  };
  return registry;
}

async function reach(registry: MemoryRegistry): Promise<void> {
  await Promise.resolve();
  if (!registry.reachable) throw new TrunklineError('dependency_unavailable', 'the registry cannot be reached');
}
