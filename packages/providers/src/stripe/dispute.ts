import type { EventTypeOf, ExactObject } from '@trunkline/events';

import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readSeconds } from '../contract/times.ts';
import { readAttributes, readCurrency, readFlag, readText } from '../contract/values.ts';
import { amountReader, readReference } from './values.ts';

type DisputeType = EventTypeOf<'payments.dispute.v1'>;

/** Updates and movements of its money (funds_withdrawn, funds_reinstated) name no state of it and are passed on. */
export const disputeTypes: ReadonlyMap<string, DisputeType> = new Map([
  ['charge.dispute.created', 'payments.dispute.opened'],
  ['charge.dispute.closed', 'payments.dispute.closed'],
]);

export function disputeFact(dispute: ExactObject, name: string): SnapshotFact | undefined {
  const type = disputeTypes.get(name);
  if (type === undefined) return undefined;
  const reader = new SnapshotReader('payments.dispute.v1', dispute);
  reader.say('status', type.slice('payments.dispute.'.length));
  // Of a closed one Stripe's status is the outcome: won, lost, warning_closed, prevented.
  if (type === 'payments.dispute.closed') reader.state('outcome', 'status', readText);
  else reader.say('outcome', null);
  reader.state('providerStatus', 'status', readText);
  stateStage(reader, dispute);
  reader.state('reason', 'reason', readText);
  reader.state('networkReasonCode', 'payment_method_details.card.network_reason_code', readText);
  reader.state('amount', 'amount', amountReader(dispute['currency']));
  reader.state('currency', 'currency', readCurrency);
  reader.state('paymentId', 'payment_intent', readReference);
  reader.state('chargeId', 'charge', readReference);
  reader.state('isChargeRefundable', 'is_charge_refundable', readFlag);
  reader.state('evidenceDueAt', 'evidence_details.due_by', readSeconds);
  reader.state('attributesJson', 'metadata', readAttributes);
  reader.state('livemode', 'livemode', readFlag);
  reader.state('createdAt', 'created', readSeconds);
  return reader.fact(type);
}

/** Card disputes name their case; of others only the warning_ statuses tell that it is an inquiry. */
function stateStage(reader: SnapshotReader<'payments.dispute.v1'>, dispute: ExactObject): void {
  if (typeof reader.find('payment_method_details.card.case_type') === 'string') {
    reader.state('stage', 'payment_method_details.card.case_type', readText);
  } else if (readText(dispute['status'])?.startsWith('warning_') === true) reader.say('stage', 'inquiry');
}
