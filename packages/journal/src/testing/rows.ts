import { eventIdOfUuid } from '@trunkline/core';
import { letterId } from '@trunkline/events';

import { keyHash } from '../key-hash.ts';
import type { EventRow, StepRow } from '../rows.ts';

/** A dead letter of the group payments, as the indexer makes it; what a test is about is given. */
export function stepRow(given: Partial<StepRow> & { readonly offset?: bigint }): StepRow {
  const { offset = 0n, ...rest } = given;
  const recordId = eventIdOfUuid(`00000000-0000-5000-8000-${String(offset).padStart(12, '0')}`);
  return {
    table: 'step',
    place: { topic: 'payments.dlt', partition: 0, offset, appendedAtMs: Date.now() },
    group: 'payments',
    kind: 'dead',
    letterId: letterId({ group: 'payments', recordId }),
    recordId,
    tenantId: 'tnt_acme',
    source: 'src_stripe',
    type: 'payments.payment.succeeded',
    recordKey: 'tnt_acme:stripe:acct_1:payment_intent:pi_1',
    original: { topic: 'payments.payment.v1', partition: 1, offset },
    originalAtMs: undefined,
    firstFailureAtMs: undefined,
    dueAtMs: undefined,
    attempt: 1,
    attemptsTotal: 1,
    redrives: 0,
    redriveId: undefined,
    code: 'handler_failed',
    failureKind: 'permanent',
    exceptionClass: 'TrunklineError',
    message: 'the handler failed',
    stack: undefined,
    schemaId: 7,
    traceId: undefined,
    bytes: 900,
    ...rest,
  };
}

/** A payment's event, as the indexer makes it; ids and entity follow from the offset. */
export function eventRow(
  given: Partial<EventRow> & { readonly offset?: bigint; readonly appendedAtMs?: number },
): EventRow {
  const { offset = 0n, appendedAtMs = Date.now(), ...rest } = given;
  const hex = (digit: string): string => digit.repeat(12) + offset.toString(16).padStart(20, '0');
  const tenantId = rest.tenantId ?? 'tnt_acme';
  return {
    table: 'event',
    place: { topic: 'payments.payment.v1', partition: 0, offset, appendedAtMs },
    eventId: `evt_${hex('e')}`,
    deliveryId: `dlv_${hex('d')}`,
    traceId: hex('c'),
    keyHash: keyHash(Buffer.from(`${tenantId}:stripe:acct_1:payment_intent:pi_${offset}`)),
    tenantId,
    source: 'src_stripe',
    type: 'payments.payment.succeeded',
    correction: 0,
    entity: `payment_intent/pi_${offset}`,
    providerEventId: `evt_stripe_${offset}`,
    occurredAtMs: appendedAtMs - 500,
    receivedAtMs: appendedAtMs - 40,
    bytes: 1_000,
    ...rest,
  };
}
