import type { EventTypeOf, ExactObject } from '@trunkline/events';

import { member } from '../contract/json-body.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readSeconds } from '../contract/times.ts';
import { readAttributes, readCurrency, readFlag, readList, readText } from '../contract/values.ts';
import { amountReader, paymentMember, readReference, sumOf } from './values.ts';

type DisputeType = EventTypeOf<'payments.dispute.v1'>;

export const disputeTypes: ReadonlyMap<string, DisputeType> = new Map([
  ['charge.dispute.created', 'payments.dispute.opened'],
  ['charge.dispute.updated', 'payments.dispute.updated'],
  ['charge.dispute.funds_withdrawn', 'payments.dispute.funds_withdrawn'],
  ['charge.dispute.funds_reinstated', 'payments.dispute.funds_reinstated'],
  ['charge.dispute.closed', 'payments.dispute.closed'],
]);

const closedStatuses: ReadonlySet<string> = new Set(['won', 'lost', 'warning_closed', 'prevented']);

export function disputeFact(dispute: ExactObject, name: string): SnapshotFact | undefined {
  const type = disputeTypes.get(name);
  if (type === undefined) return undefined;
  const reader = new SnapshotReader('payments.dispute.v1', dispute);
  const isClosed = type === 'payments.dispute.closed' || closedStatuses.has(readText(dispute['status']) ?? '');
  reader.say('status', isClosed ? 'closed' : 'opened');
  // Of a closed one Stripe's status is the outcome.
  if (isClosed) reader.state('outcome', 'status', readText);
  else reader.say('outcome', null);
  reader.state('providerStatus', 'status', readText);
  stateStage(reader, dispute);
  reader.state('reason', 'reason', readText);
  reader.state('networkReasonCode', 'payment_method_details.card.network_reason_code', readText);
  reader.state('amount', 'amount', amountReader(dispute['currency']));
  reader.state('currency', 'currency', readCurrency);
  reader.state('paymentId', paymentMember(dispute), readReference);
  reader.state('chargeId', 'charge', readReference);
  stateBalance(reader, dispute);
  reader.state('isChargeRefundable', 'is_charge_refundable', readFlag);
  reader.state('evidenceDueAt', 'evidence_details.due_by', readSeconds);
  reader.state('attributesJson', 'metadata', readAttributes);
  reader.state('livemode', 'livemode', readFlag);
  reader.state('createdAt', 'created', readSeconds);
  return reader.fact(type);
}

/** What it moved in the balance, where that counts in the currency of the dispute. */
function stateBalance(reader: SnapshotReader<'payments.dispute.v1'>, dispute: ExactObject): void {
  const movements = readList(dispute['balance_transactions']);
  if (movements === undefined) return;
  const currency = readCurrency(dispute['currency']);
  if (movements.some((movement) => readCurrency(member(movement, 'currency')) !== currency)) return;
  reader.say('feeAmount', sumOf(movements, 'fee', amountReader(currency)));
  reader.say('netAmount', sumOf(movements, 'net', amountReader(currency)));
}

/** Card disputes name their case; of others only the warning_ statuses tell that it is an inquiry. */
function stateStage(reader: SnapshotReader<'payments.dispute.v1'>, dispute: ExactObject): void {
  if (typeof reader.find('payment_method_details.card.case_type') === 'string') {
    reader.state('stage', 'payment_method_details.card.case_type', readText);
  } else if (readText(dispute['status'])?.startsWith('warning_') === true) reader.say('stage', 'inquiry');
}
