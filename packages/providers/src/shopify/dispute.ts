import type { EventTypeOf, ExactJson, ExactObject } from '@trunkline/events';

import { minorUnits } from '../contract/money.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readInstant } from '../contract/times.ts';
import { readCurrency, readId, readText } from '../contract/values.ts';

type DisputeType = EventTypeOf<'payments.dispute.v1'>;

export const disputeTypes: readonly (readonly [topic: string, type: DisputeType])[] = [
  ['disputes/create', 'payments.dispute.opened'],
  ['disputes/update', 'payments.dispute.updated'],
  ['disputes/update', 'payments.dispute.closed'],
];

/** How one ended, for the merchant. */
const outcomeOf: ReadonlyMap<string, string> = new Map([
  ['won', 'won'],
  ['lost', 'lost'],
  ['accepted', 'lost'],
  ['charge_refunded', 'lost'],
]);

export function disputeFact(dispute: ExactObject, topic: string): SnapshotFact {
  const outcome = outcomeOf.get(readText(dispute['status']) ?? '');
  const reader = new SnapshotReader('payments.dispute.v1', dispute);
  const currency = readCurrency(dispute['currency']);
  reader.say('status', outcome === undefined ? 'opened' : 'closed');
  reader.say('outcome', outcome ?? null);
  reader.state('providerStatus', 'status', readText);
  reader.state('stage', 'type', readText);
  reader.state('reason', 'reason', readText);
  reader.state('networkReasonCode', 'network_reason_code', readText);
  reader.state('amount', 'amount', (value: ExactJson) => minorUnits(value, currency));
  reader.state('currency', 'currency', readCurrency);
  reader.state('orderId', 'order_id', readId);
  reader.state('evidenceDueAt', 'evidence_due_by', readInstant);
  reader.state('closedAt', 'finalized_on', readInstant);
  reader.state('createdAt', 'initiated_at', readInstant);
  if (topic === 'disputes/create') return reader.fact('payments.dispute.opened');
  return reader.fact(outcome === undefined ? 'payments.dispute.updated' : 'payments.dispute.closed');
}
