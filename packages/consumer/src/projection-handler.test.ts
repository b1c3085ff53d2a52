import { type RecordOf, topicEntry } from '@trunkline/events';
import { describe, expect, it } from 'vitest';

import { type ConsumedEvent, defineHandler } from './handler.ts';
import { projectionEvent, projectionHandler } from './projection-handler.ts';
import { applicable, recordsAbout } from './testing/records.ts';

type Topic = 'payments.payout.v1';

const handler = projectionHandler({
  topic: 'payments.payout.v1',
  versions: 'entity',
  columns: {
    status: 'text',
    providerStatus: 'text',
    amount: 'bigint',
    currency: 'text',
    destinationId: 'text',
    destinationType: 'text',
    method: 'text',
    isAutomatic: 'boolean',
    failureCode: 'text',
    balanceTransactionId: 'text',
    statementDescriptor: 'text',
    arrivalAt: 'timestamptz',
    attributesJson: 'text',
    livemode: 'boolean',
    createdAt: 'timestamptz',
  },
});
const payout = recordsAbout('payments.payout.v1', 'po_1');

describe('what an event says to a projection', () => {
  it('is the fields it states and no others', () => {
    const event = said(payout('paid', 1_000, { status: 'paid', amount: 500, currency: null }));

    expect(event.fields).toEqual({ status: 'paid', amount: 500, currency: null });
  });

  it('is about the entity that the envelope names', () => {
    const event = said(payout('paid', 1_000, {}));

    expect(event.key).toEqual({
      tenantId: 'tnt_a',
      provider: 'stripe',
      account: 'acct_1.live',
      kind: 'payout',
      entityId: 'po_1',
    });
  });

  it('leaves out a field of a release newer than this one', () => {
    const record = payout('paid', 1_000, { status: 'paid' });
    const statedFields = ['status', 'colour', '__proto__'];
    const newer = { ...record, colour: 'red', metadata: { ...record.metadata, statedFields } };

    expect(said(newer).fields).toEqual({ status: 'paid' });
  });
});

describe('a projection handler', () => {
  it('is named after its entity, as its table is, and wants every type of its topic', () => {
    expect(handler).toMatchObject({
      name: 'payout',
      types: Object.keys(topicEntry('payments.payout.v1').types),
      projection: { table: 'payout' },
    });
  });

  it('has a column per field, named as Postgres writes names', () => {
    expect(handler.projection.fields['balanceTransactionId']).toEqual({
      column: 'balance_transaction_id',
      type: 'text',
    });
  });
});

function said(record: RecordOf<Topic>): ReturnType<typeof projectionEvent<Topic>> {
  // The record is of the handler's own topic.
  const event = applicable(defineHandler(handler), record).event as ConsumedEvent<Topic>;
  return projectionEvent(handler.projection, event);
}
