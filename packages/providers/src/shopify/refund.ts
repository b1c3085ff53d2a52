import type { EventTypeOf, ExactJson, ExactObject } from '@trunkline/events';

import { member } from '../contract/json-body.ts';
import { minorUnits } from '../contract/money.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readInstant } from '../contract/times.ts';
import { readCurrency, readId, readList, readText } from '../contract/values.ts';
import { isLive } from './values.ts';

type RefundType = EventTypeOf<'payments.refund.v1'>;

export const refundTypes: readonly (readonly [topic: string, type: RefundType])[] = [
  ['refunds/create', 'payments.refund.created'],
  ['refunds/create', 'payments.refund.succeeded'],
  ['refunds/create', 'payments.refund.failed'],
];

/** A refund of an order. Its money moves in transactions; one without any only takes goods back. */
export function refundFact(refund: ExactObject): SnapshotFact {
  const reader = new SnapshotReader('payments.refund.v1', refund);
  const movements = movementsOf(refund);
  const type = typeOf(movements);
  reader.say('status', type.slice('payments.refund.'.length));
  stateMoney(reader, movements);
  reader.say('paymentId', sameOf(movements, 'parent_id', readId));
  reader.say('failureReason', type === 'payments.refund.failed' ? sameOf(movements, 'error_code', readText) : null);
  reader.say(
    'livemode',
    sameOf(movements, 'test', (test) => (test === undefined ? undefined : isLive(test))),
  );
  reader.state('orderId', 'order_id', readId);
  reader.state('createdAt', 'created_at', readInstant);
  return reader.fact(type);
}

function movementsOf(refund: ExactObject): readonly ExactJson[] {
  const transactions = readList(refund['transactions']) ?? [];
  return transactions.filter((transaction) => member(transaction, 'kind') === 'refund');
}

/** Succeeded when all of its money has moved, failed when none can. */
function typeOf(movements: readonly ExactJson[]): RefundType {
  const statuses = movements.map((movement) => member(movement, 'status'));
  if (statuses.length === 0) return 'payments.refund.created';
  if (statuses.every((status) => status === 'success')) return 'payments.refund.succeeded';
  if (statuses.every((status) => status === 'failure' || status === 'error')) return 'payments.refund.failed';
  return 'payments.refund.created';
}

/** The sum of its transactions, where all are in one currency. */
function stateMoney(reader: SnapshotReader<'payments.refund.v1'>, movements: readonly ExactJson[]): void {
  if (movements.length === 0) return;
  const currency = sameOf(movements, 'currency', readCurrency);
  const amounts = movements.map((movement) => minorUnits(member(movement, 'amount'), currency));
  const sum = amounts.reduce<number>((total, amount) => total + (amount ?? NaN), 0);
  if (!Number.isSafeInteger(sum)) return reader.flaw('transactions');
  reader.say('amount', sum);
  reader.say('currency', currency);
}

/** What all of them say in a member; undefined where they differ or say nothing. */
function sameOf<V extends string | boolean>(
  movements: readonly ExactJson[],
  name: string,
  read: (value: ExactJson | undefined) => V | undefined,
): V | undefined {
  const values = new Set(movements.map((movement) => read(member(movement, name))));
  const [value] = values;
  return values.size === 1 ? value : undefined;
}
