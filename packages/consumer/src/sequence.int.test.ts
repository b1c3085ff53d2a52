import type { EventTypeOf, RecordOf } from '@trunkline/events';
import type { Transaction } from '@trunkline/postgres';
import { createTestService } from '@trunkline/postgres/testing';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';

import { defineHandler, type EventHandler, handlerTable } from './handler.ts';
import { sequence } from './sequence.ts';
import { type BatchHarness, openBatchHarness } from './testing/batch-harness.ts';
import { describeSequence } from './testing/describe-sequence.ts';
import { recordsAbout } from './testing/records.ts';
import { shopRecord } from './testing/test-group.ts';

/** Two behaviours on one event type, as two files of a service would be: newest states, and facts that add up. */
const refundState: EventHandler<'payments.refund.v1'> = {
  name: 'state',
  topic: 'payments.refund.v1',
  types: ['payments.refund.created', 'payments.refund.succeeded', 'payments.refund.failed'],
  async handle({ record }, tx) {
    const { tenantId, entityId, entityVersion } = record.metadata;
    const rows = await tx.query(
      `INSERT INTO till.refund VALUES ($1, $2, $3, $4)
       ON CONFLICT (tenant_id, refund_id) DO UPDATE SET status = excluded.status, version = excluded.version
       WHERE refund.version < excluded.version RETURNING 1`,
      [tenantId, entityId, record.status, entityVersion],
    );
    return rows.length === 0 ? 'stale' : 'applied';
  },
};

const refundFacts: EventHandler<'payments.refund.v1'> = {
  name: 'facts',
  topic: 'payments.refund.v1',
  types: ['payments.refund.succeeded', 'payments.refund.failed'],
  async handle({ type, record }, tx) {
    const { tenantId, entityId } = record.metadata;
    await tx.query('INSERT INTO till.fact (tenant_id, refund_id, fact) VALUES ($1, $2, $3)', [
      tenantId,
      entityId,
      type,
    ]);
    return 'applied';
  },
};

const service = await createTestService('till', {
  '001-refund.sql': `
    CREATE TABLE till.refund (tenant_id text, refund_id text, status text, version text COLLATE "C" NOT NULL,
      PRIMARY KEY (tenant_id, refund_id));
    SELECT trunkline.isolate_tenants('till.refund');`,
  '002-fact.sql': `
    CREATE TABLE till.fact (tenant_id text NOT NULL, refund_id text NOT NULL, fact text NOT NULL);
    SELECT trunkline.isolate_tenants('till.fact');`,
});
afterAll(() => service.remove());

const refund = recordsAbout('payments.refund.v1', 're_1');

describeSequence({
  handler: sequence('refund', [refundState, refundFacts]),
  service,
  adminUrl: inject('stack').postgresAdminUrl,
  history: [
    refund('created', 1_000, { status: 'created', amount: 500 }),
    refund('succeeded', 2_000, { status: 'succeeded', amount: 500 }),
    refund('failed', 3_000, { status: 'failed', failureReason: 'expired_or_canceled_card' }),
  ],
  states: {
    state: (tx: Transaction) => tx.query('SELECT * FROM till.refund ORDER BY 1, 2'),
    facts: (tx: Transaction) => tx.query('SELECT tenant_id, refund_id, fact FROM till.fact ORDER BY 1, 2, 3'),
  },
});

describe('several behaviours on one event type', () => {
  type Topic = 'payments.payment.v1';
  const types: readonly EventTypeOf<Topic>[] = ['payments.payment.created', 'payments.payment.succeeded'];
  let harness: BatchHarness;
  beforeAll(async () => {
    harness = await openBatchHarness(inject('stack').postgresAdminUrl);
  });
  afterAll(() => harness?.close());
  afterEach(() => harness.reset());

  /** Notes in shop.effect that it was given the event. */
  function part(name: string, outcome: 'applied' | 'stale', own = types): EventHandler<Topic> {
    return {
      name,
      topic: 'payments.payment.v1',
      types: own,
      async handle({ record, eventId }, tx) {
        const { tenantId, entityId } = record.metadata;
        if (entityId === `bad-${name}`) throw new Error(`${name} cannot`);
        await tx.query('INSERT INTO shop.effect VALUES ($1, $2, $3, 1)', [tenantId, `${name} ${entityId}`, eventId]);
        return outcome;
      },
    };
  }
  async function run(parts: readonly EventHandler<Topic>[], records: readonly RecordOf<Topic>[]): Promise<void> {
    harness.context = { ...harness.context, handlers: handlerTable([defineHandler(sequence('payment', parts))]) };
    await harness.run(records);
  }

  it('share one inbox row, whose outcome is that of the first', async () => {
    await run([part('state', 'stale'), part('ledger', 'applied')], [shopRecord('e1')]);

    expect(await harness.effects()).toEqual(['ledger e1', 'state e1']);
    expect(await harness.test.admin('SELECT outcome FROM shop.inbox')).toEqual([{ outcome: 'stale' }]);
  });

  it('are applied where only a later one calls an event stale', async () => {
    await run([part('state', 'applied'), part('ledger', 'stale')], [shopRecord('e1')]);

    expect(await harness.test.admin('SELECT outcome FROM shop.inbox')).toEqual([{ outcome: 'applied' }]);
  });

  it('each get the events of their own types', async () => {
    await run(
      [part('state', 'applied'), part('ledger', 'applied', ['payments.payment.succeeded'])],
      [shopRecord('e1'), shopRecord('e2', { type: 'payments.payment.succeeded' })],
    );

    expect(await harness.effects()).toEqual(['ledger e2', 'state e1', 'state e2']);
  });

  it('have all of their effects of an event, or none of them', async () => {
    await run(
      [part('state', 'applied'), part('ledger', 'applied')],
      [shopRecord('bad-ledger'), shopRecord('e2'), shopRecord('e3')],
    );

    expect(await harness.effects()).toEqual(['ledger e2', 'ledger e3', 'state e2', 'state e3']);
    expect(harness.outcomes()).toEqual({ applied: 2, retry: 1 });
  });
});
