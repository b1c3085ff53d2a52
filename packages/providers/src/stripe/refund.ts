import type { EventTypeOf, ExactObject } from '@trunkline/events';

import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readSeconds } from '../contract/times.ts';
import { readAttributes, readCurrency, readFlag, readText } from '../contract/values.ts';
import { amountReader, paymentMember, readReference } from './values.ts';

type RefundType = EventTypeOf<'payments.refund.v1'>;

/**
 * A refund is `created` by its first event only where its money is still on the way: most are succeeded at once, and the
 * most specific type counts. charge.refunded and charge.refund.updated tell the same story again.
 */
export const refundTypes: readonly (readonly [name: string, type: RefundType])[] = [
  ['refund.created', 'payments.refund.created'],
  ['refund.created', 'payments.refund.succeeded'],
  ['refund.updated', 'payments.refund.succeeded'],
  ['refund.updated', 'payments.refund.failed'],
  ['refund.failed', 'payments.refund.failed'],
];

function typeOf(name: string, status: string | undefined): RefundType | undefined {
  if (name === 'refund.failed') return 'payments.refund.failed';
  if (name !== 'refund.created' && name !== 'refund.updated') return undefined;
  if (status === 'succeeded') return 'payments.refund.succeeded';
  if (status === 'failed' || status === 'canceled') return 'payments.refund.failed';
  // An update of a refund that is still on its way names no state of its own.
  return name === 'refund.created' ? 'payments.refund.created' : undefined;
}

export function refundFact(refund: ExactObject, name: string): SnapshotFact | undefined {
  const type = typeOf(name, readText(refund['status']));
  if (type === undefined) return undefined;
  const reader = new SnapshotReader('payments.refund.v1', refund);
  reader.say('status', type.slice('payments.refund.'.length));
  reader.state('providerStatus', 'status', readText);
  reader.state('amount', 'amount', amountReader(refund['currency']));
  reader.state('currency', 'currency', readCurrency);
  reader.state('paymentId', paymentMember(refund), readReference);
  reader.state('chargeId', 'charge', readReference);
  reader.state('reason', 'reason', readText);
  reader.state('failureReason', 'failure_reason', readText);
  reader.state('attributesJson', 'metadata', readAttributes);
  reader.state('livemode', 'livemode', readFlag);
  reader.state('createdAt', 'created', readSeconds);
  return reader.fact(type);
}
