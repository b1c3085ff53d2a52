import type { EntityRef, EventTypeOf, ExactObject } from '@trunkline/events';

import { member, textMember } from '../contract/json-body.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readInstant } from '../contract/times.ts';
import { readList, readText } from '../contract/values.ts';
import { readMoney, readMoneyCurrency } from './values.ts';

type DisputeType = EventTypeOf<'payments.dispute.v1'>;

export const disputeTypes: readonly (readonly [name: string, type: DisputeType])[] = [
  ['CUSTOMER.DISPUTE.CREATED', 'payments.dispute.opened'],
  ['CUSTOMER.DISPUTE.UPDATED', 'payments.dispute.updated'],
  ['CUSTOMER.DISPUTE.RESOLVED', 'payments.dispute.closed'],
];
const closed: DisputeType = 'payments.dispute.closed';
const typeOf: ReadonlyMap<string, DisputeType> = new Map(disputeTypes);

const wordOfOutcome: ReadonlyMap<string, string> = new Map([
  ['RESOLVED_BUYER_FAVOUR', 'lost'],
  ['RESOLVED_SELLER_FAVOUR', 'won'],
  ['CANCELED_BY_BUYER', 'withdrawn'],
]);

/** What buyer and seller wrote to each other is left out. */
export function disputeFact(dispute: ExactObject, name: string): SnapshotFact | undefined {
  const type = typeOf.get(name);
  if (type === undefined) return undefined;
  const reader = new SnapshotReader('payments.dispute.v1', dispute);
  const paymentId = paymentOf(dispute);
  reader.say('status', type === closed || dispute['status'] === 'RESOLVED' ? 'closed' : 'opened');
  reader.state('outcome', 'dispute_outcome.outcome_code', (code) => {
    const word = readText(code);
    return word === undefined ? undefined : (wordOfOutcome.get(word) ?? word);
  });
  reader.state('providerStatus', 'status', readText);
  reader.state('stage', 'dispute_life_cycle_stage', (stage) => readText(stage)?.toLowerCase());
  reader.state('reason', 'reason', readText);
  reader.state('amount', 'dispute_amount', readMoney);
  reader.state('currency', 'dispute_amount', readMoneyCurrency);
  reader.say('paymentId', paymentId);
  reader.say('chargeId', paymentId);
  reader.state('evidenceDueAt', 'seller_response_due_date', readInstant);
  reader.state('createdAt', 'create_time', readInstant);
  reader.state('updatedAt', 'update_time', readInstant);
  return reader.fact(type);
}

/** What a message about a dispute is about. */
export function disputeOf(dispute: ExactObject): EntityRef | undefined {
  const id = textMember(dispute, 'dispute_id');
  return id === undefined ? undefined : { kind: 'dispute', id };
}

/** The capture, where the dispute is about one. */
function paymentOf(dispute: ExactObject): string | undefined {
  const [transaction, ...others] = readList(dispute['disputed_transactions']) ?? [];
  return others.length > 0 ? undefined : readText(member(transaction, 'seller_transaction_id'));
}
