import type { EventTypeOf, ExactObject } from '@trunkline/events';

import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readSeconds } from '../contract/times.ts';
import { readAttributes, readCurrency, readFlag, readText } from '../contract/values.ts';
import { amountReader, readReference } from './values.ts';

type PayoutType = EventTypeOf<'payments.payout.v1'>;

export const payoutTypes: ReadonlyMap<string, PayoutType> = new Map([
  ['payout.created', 'payments.payout.created'],
  ['payout.updated', 'payments.payout.updated'],
  ['payout.paid', 'payments.payout.paid'],
  ['payout.reconciliation_completed', 'payments.payout.reconciled'],
  ['payout.failed', 'payments.payout.failed'],
  ['payout.canceled', 'payments.payout.canceled'],
]);

const wordOf: ReadonlyMap<string, string> = new Map([
  ['pending', 'created'],
  ['in_transit', 'created'],
  ['paid', 'paid'],
  ['failed', 'failed'],
  ['canceled', 'canceled'],
]);

export function payoutFact(payout: ExactObject, name: string): SnapshotFact | undefined {
  const type = payoutTypes.get(name);
  if (type === undefined) return undefined;
  const reader = new SnapshotReader('payments.payout.v1', payout);
  if (type === 'payments.payout.updated' || type === 'payments.payout.reconciled') {
    reader.state('status', 'status', (status) => wordOf.get(readText(status) ?? ''));
  } else reader.say('status', type.slice('payments.payout.'.length));
  reader.state('providerStatus', 'status', readText);
  reader.state('amount', 'amount', amountReader(payout['currency']));
  reader.state('currency', 'currency', readCurrency);
  reader.state('destinationId', 'destination', readReference);
  reader.state('destinationType', 'type', readText);
  reader.state('method', 'method', readText);
  reader.state('isAutomatic', 'automatic', readFlag);
  reader.state('failureCode', 'failure_code', readText);
  reader.state('balanceTransactionId', 'balance_transaction', readReference);
  reader.state('statementDescriptor', 'statement_descriptor', readText);
  reader.state('arrivalAt', 'arrival_date', readSeconds);
  reader.state('attributesJson', 'metadata', readAttributes);
  reader.state('livemode', 'livemode', readFlag);
  reader.state('createdAt', 'created', readSeconds);
  return reader.fact(type);
}
