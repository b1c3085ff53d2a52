import { fileURLToPath } from 'node:url';

import { applyEvents, defineHandler, type EffectOutcome } from '@trunkline/consumer';
import { applicable, describeHandler } from '@trunkline/consumer/testing';
import type { PayloadOf, RecordOf } from '@trunkline/events';
import type { Database, ServiceMigrations } from '@trunkline/postgres';
import { createTestDatabase, type TestDatabase } from '@trunkline/postgres/testing';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';

import { paymentRecord } from '../testing/payments.ts';
import { paymentHandler } from './payment.ts';

type Record_ = RecordOf<'payments.payment.v1'>;

const adminUrl = inject('stack').postgresAdminUrl;
const service: ServiceMigrations = {
  schema: 'payments',
  directory: fileURLToPath(new URL('../../migrations/', import.meta.url)),
};

const created = paymentRecord('created', 1_000, { amount: 500, amountReceived: 0, failureCode: null });
const processing = paymentRecord('processing', 2_000, { amount: 500, amountReceived: 0, failureCode: null });
const failed = paymentRecord('failed', 3_000, { amount: 500, amountReceived: 0, failureCode: 'card_declined' });
const succeeded = paymentRecord('succeeded', 4_000, { amount: 500, amountReceived: 500, failureCode: null });

describeHandler({
  handler: paymentHandler,
  history: [created, processing, failed, succeeded],
  state: (tx) =>
    tx.query(
      'SELECT tenant_id, entity_id, status, amount, amount_received, failure_code FROM payments.payment ORDER BY 1, 2',
    ),
  service,
  adminUrl,
});

describe('payments.payment', () => {
  let test: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    test = await createTestDatabase({ adminUrl, services: [service] });
    database = test.open();
  });
  afterEach(() => test.admin('TRUNCATE payments.payment, payments.inbox'));
  afterAll(() => test.drop());

  const apply = async (...records: readonly Record_[]): Promise<readonly EffectOutcome[]> => {
    const handler = defineHandler(paymentHandler);
    const outcomes = await applyEvents(
      database,
      records.map((record) => applicable(handler, record)),
      { deadlineMs: 5_000 },
    );
    return [...outcomes.values()];
  };
  const row = async (): Promise<unknown> => (await test.admin('SELECT * FROM payments.payment'))[0];

  it('has a column for every field, with the value the event stated', async () => {
    const everything: Partial<PayloadOf<'payments.payment.v1'>> = {
      providerStatus: 'succeeded',
      amount: 9_007_199_254_740_991,
      amountCapturable: 0,
      amountReceived: 1,
      currency: 'EUR',
      customerId: 'cus_1',
      paymentMethodId: 'pm_1',
      paymentMethodType: 'card',
      paymentMethodTypes: ['card', 'sepa_debit'],
      captureMethod: 'manual',
      nextActionType: 'redirect_to_url',
      failureCode: 'card_declined',
      failureReason: 'insufficient_funds',
      cancellationReason: 'abandoned',
      chargeId: 'ch_1',
      invoiceId: 'in_1',
      orderId: 'order_1',
      statementDescriptor: 'SHOP "ü"',
      attributesJson: '{"a":"\\u0000","b":1e400}',
      livemode: true,
      createdAt: 1_700_000_000_123,
      canceledAt: 1_700_000_001_000,
    };
    const record = paymentRecord('succeeded', 1_700_000_002_000, everything);

    await apply(record);

    const snakeCase = Object.entries(everything).map(([name, value]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]);
    expect(await row()).toEqual({
      ...Object.fromEntries(snakeCase),
      amount: '9007199254740991',
      amount_capturable: '0',
      amount_received: '1',
      created_at: new Date(1_700_000_000_123),
      canceled_at: new Date(1_700_000_001_000),
      tenant_id: 'tnt_a',
      provider: 'stripe',
      account: 'acct_1.live',
      kind: 'payment',
      entity_id: 'pi_1',
      status: 'succeeded',
      entity_version: record.metadata.entityVersion,
      updated_at: expect.any(Date),
    });
  });

  it('compares versions as bytes, whatever the collation of the database', async () => {
    const collations = await test.admin(
      `SELECT collation_name FROM information_schema.columns WHERE table_name = 'payment' AND column_name = 'entity_version'`,
    );

    expect(collations).toEqual([{ collation_name: 'C' }]);
  });

  it('stays succeeded when a failure comes in late, and the inbox says that it was stale', async () => {
    await apply(succeeded);

    expect(await apply(failed, created)).toEqual(['stale', 'stale']);
    expect(await row()).toMatchObject({ status: 'succeeded', failure_code: null });
    expect(await test.admin('SELECT outcome, count(*)::int AS n FROM payments.inbox GROUP BY 1 ORDER BY 1')).toEqual([
      { outcome: 'applied', n: 1 },
      { outcome: 'stale', n: 2 },
    ]);
  });

  it('stays succeeded when a processing event carries a later time: no way leads back from there', async () => {
    await apply(succeeded, paymentRecord('processing', 9_000));

    expect(await row()).toMatchObject({ status: 'succeeded' });
  });

  it('decides between two events of one second by their natural order', async () => {
    await apply(paymentRecord('processing', 5_000), paymentRecord('created', 5_000));

    expect(await row()).toMatchObject({ status: 'processing' });
  });
});
