import { applyEvents, defineHandler, type RegisteredHandler } from '@trunkline/consumer';
import { applicable, describeHandler } from '@trunkline/consumer/testing';
import type { Database, Transaction } from '@trunkline/postgres';
import { createTestDatabase, type TestDatabase, waitingForLocks } from '@trunkline/postgres/testing';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';

import { service } from '../testing/service.ts';
import { type Fact, type LedgerTopic, refundFacts } from './facts.ts';
import { ledgerParts } from './ledger-parts.ts';
import { post } from './post.ts';
import { arrangements } from './testing/histories.ts';
import { type LedgerRecord, modelBalances } from './testing/model.ts';
import { consumed, told } from './testing/records.ts';

const { postgresAdminUrl: adminUrl } = inject('stack');
/** Some two hundred transactions, and a machine may be busy. */
const historiesLimitMs = 180_000;

const contradictions: string[] = [];
const ledger = ledgerParts({ count: (_name, { provider }) => contradictions.push(provider) });
const parts: Readonly<Record<LedgerTopic, RegisteredHandler>> = {
  'payments.payment.v1': defineHandler(ledger.payment),
  'payments.refund.v1': defineHandler(ledger.refund),
  'payments.dispute.v1': defineHandler(ledger.dispute),
  'payments.payout.v1': defineHandler(ledger.payout),
};

const eur = (amount: number): { readonly amount: number; readonly currency: string } => ({ amount, currency: 'EUR' });
const refund = (state: string, occurredAt: number, sourceId = 'src_1') =>
  told({ topic: 'payments.refund.v1', state, objectId: 're_1', occurredAt, stated: eur(500), sourceId });
const payment = (
  occurredAt: number,
  amount: number,
  more: { readonly sourceId?: string; readonly tenantId?: string; readonly correction?: number } = {},
) =>
  told({
    topic: 'payments.payment.v1',
    state: 'succeeded',
    objectId: 'pi_1',
    occurredAt,
    stated: eur(amount),
    ...more,
  });
const dispute = (state: string, occurredAt: number, stated: object) =>
  told({ topic: 'payments.dispute.v1', state, objectId: 'dp_1', occurredAt, stated });

describeHandler({
  handler: ledger.payment,
  service,
  adminUrl,
  history: [payment(1_000, 500), payment(2_000, 700), payment(2_000, 600, { correction: 1 })],
  state: sums,
});
describeHandler({
  handler: ledger.refund,
  service,
  adminUrl,
  history: [
    refund('created', 1_000),
    refund('succeeded', 2_000),
    refund('succeeded', 2_000, 'src_2'),
    refund('failed', 3_000),
  ],
  state: (tx) =>
    tx.query(
      `SELECT split_part(posting, '@', 1) AS posting, sum(amount) FROM ${tx.schema}.posting GROUP BY 1 ORDER BY 1`,
    ),
});
describeHandler({
  handler: ledger.dispute,
  service,
  adminUrl,
  history: [
    dispute('opened', 1_000, { ...eur(500), stage: 'chargeback' }),
    dispute('closed', 2_000, { outcome: 'won' }),
    dispute('closed', 3_000, { outcome: 'lost' }),
  ],
  state: sums,
});
describeHandler({
  handler: ledger.payout,
  service,
  adminUrl,
  history: ['created', 'paid'].map((state, index) =>
    told({ topic: 'payments.payout.v1', state, objectId: 'po_1', occurredAt: index, stated: eur(-500) }),
  ),
  state: sums,
});

describe('the ledger', () => {
  let test: TestDatabase;
  let opened: TestDatabase | undefined;
  let database: Database;
  beforeAll(async () => {
    opened = await createTestDatabase({ adminUrl, services: [service] });
    test = opened;
    database = test.open();
  });
  afterEach(() => empty());
  afterAll(() => opened?.drop());

  const empty = (): Promise<unknown> =>
    test.empty('payments.inbox', 'payments.ledger_object', 'payments.ledger_fact', 'payments.posting');
  const apply = async (...records: readonly LedgerRecord[]): Promise<void> => {
    const items = records.map((record) => applicable(parts[topicOf(record)], record));
    await applyEvents(database, items, { deadlineMs: 60_000 });
  };
  const balances = async (): Promise<Readonly<Record<string, bigint>>> => {
    const rows = await test.admin<{ readonly name: string; readonly sum: string }>(sumsByObjectSql);
    return Object.fromEntries(rows.map(({ name, sum }) => [name, BigInt(sum)]));
  };
  const postings = async (): Promise<readonly string[]> => {
    const rows = await test.admin<{ readonly line: string }>(
      `SELECT split_part(posting, '@', 1) || ' ' || debit || ' <- ' || credit || ' ' || amount || ' ' || currency AS line
       FROM payments.posting ORDER BY posted_at, posting`,
    );
    return rows.map(({ line }) => line);
  };

  it(
    'comes to what everything that was told comes to, in any order, batching and number of deliveries',
    async () => {
      await fc.assert(
        fc.asyncProperty(arrangements, async ({ history, steps }) => {
          await empty();
          for (const { records, isForgotten } of steps) {
            // As a redrive after the inbox has forgotten: only the ledger's own keys are left to tell it.
            if (isForgotten) await database.transaction([], (tx) => tx.query('DELETE FROM payments.inbox'));
            await apply(...records);
          }

          expect(await balances()).toEqual(modelBalances(history));
          expect(await test.admin('SELECT * FROM payments.ledger_difference')).toEqual([]);
        }),
      );
    },
    historiesLimitMs,
  );

  it('posts once what two sources of one account tell', async () => {
    await apply(payment(1_000, 500));
    await apply(payment(1_000, 500, { sourceId: 'src_2' }));

    expect(await postings()).toEqual(['received balance <- received 500 EUR']);
  });

  it('moves nothing for a failure alone, and both ways once the success is known', async () => {
    await apply(refund('failed', 2_000));
    const alone = await postings();
    await apply(refund('succeeded', 1_000));

    expect(alone).toEqual([]);
    expect(await postings()).toEqual([
      'refund_returned balance <- refunded 500 EUR',
      'refunded refunded <- balance 500 EUR',
    ]);
  });

  it('posts the difference to what a newer version says, either way round, and nothing for an older one', async () => {
    await apply(payment(2_000, 500));
    await apply(payment(3_000, 700));
    await apply(payment(4_000, 400));
    await apply(payment(1_000, 900));

    expect(await postings()).toEqual([
      'received balance <- received 500 EUR',
      'received balance <- received 200 EUR',
      'received received <- balance 300 EUR',
    ]);
  });

  it('takes back in the old currency what a newer version tells in another', async () => {
    await apply(payment(1_000, 500));
    await apply(
      told({
        topic: 'payments.payment.v1',
        state: 'succeeded',
        objectId: 'pi_1',
        occurredAt: 2_000,
        stated: { amount: 70, currency: 'USD' },
      }),
    );

    expect((await balances())['tnt_a stripe acct_1.live payment pi_1 balance EUR']).toBeUndefined();
    expect((await balances())['tnt_a stripe acct_1.live payment pi_1 balance USD']).toBe(70n);
  });

  it('lets the second of two open transactions on one object see what the first wrote', async () => {
    const both = test.open();
    const firstWrote = Promise.withResolvers<void>();
    const commit = Promise.withResolvers<void>();
    const facts = (state: string, occurredAt: number): readonly Fact[] =>
      refundFacts(consumed(parts['payments.refund.v1'], refund(state, occurredAt)));

    const first = both.transaction(['tnt_a'], async (tx) => {
      await post(tx, facts('succeeded', 1_000));
      firstWrote.resolve();
      await commit.promise;
    });
    await firstWrote.promise;
    const second = both.transaction(['tnt_a'], (tx) => post(tx, facts('failed', 2_000)));
    await expect.poll(() => waitingForLocks(test)).toBe(1);
    commit.resolve();
    await Promise.all([first, second]);

    expect(await balances()).toEqual({});
    expect(await postings()).toEqual([
      'refunded refunded <- balance 500 EUR',
      'refund_returned balance <- refunded 500 EUR',
    ]);
  });

  it('does not change what is posted, whoever asks', async () => {
    await apply(payment(1_000, 500));
    const change = [`UPDATE payments.posting SET amount = 1`, `DELETE FROM payments.posting`];

    for (const sql of change) {
      await expect(database.transaction(['tnt_a'], (tx) => tx.query(sql))).rejects.toThrow('append-only');
      await expect(database.transaction(['tnt_b'], (tx) => tx.query(sql))).rejects.toThrow('append-only');
      await expect(test.admin(`SET ROLE ${test.name}_migrator; ${sql}`)).rejects.toThrow('append-only');
    }
    expect(await postings()).toEqual(['received balance <- received 500 EUR']);
  });

  it('shows a tenant nothing of another', async () => {
    await apply(payment(1_000, 500), payment(1_000, 900, { tenantId: 'tnt_b' }));
    const seen = (...tenants: readonly string[]): Promise<unknown> =>
      database.transaction(tenants, (tx) =>
        tx.query(
          `SELECT b.tenant_id, b.amount::int, (SELECT count(*)::int FROM payments.posting) AS postings,
             (SELECT count(*)::int FROM payments.ledger_fact) AS facts, (SELECT count(*)::int FROM payments.ledger_object) AS objects
           FROM payments.balance b WHERE ledger_account = 'balance'`,
        ),
      );

    expect(await seen('tnt_a')).toEqual([{ tenant_id: 'tnt_a', amount: 500, postings: 1, facts: 1, objects: 1 }]);
    expect(await seen('tnt_b')).toEqual([{ tenant_id: 'tnt_b', amount: 900, postings: 1, facts: 1, objects: 1 }]);
    expect(await seen()).toEqual([]);
  });

  it('has a balance as of a time, which knows only what had happened until then', async () => {
    await apply(payment(1_000, 900), refund('succeeded', 2_000));
    const balanceAt = (ms: number): Promise<unknown> =>
      database.transaction(['tnt_a'], (tx) =>
        tx.query(
          `SELECT amount::int FROM payments.balance_as_of(to_timestamp($1::float8 / 1000)) WHERE ledger_account = 'balance'`,
          [ms],
        ),
      );

    expect(await balanceAt(999)).toEqual([]);
    expect(await balanceAt(1_500)).toEqual([{ amount: 900 }]);
    expect(await balanceAt(2_000)).toEqual([{ amount: 400 }]);
  });

  it('marks an object that was told with different amounts until a correction settles it, and counts it', async () => {
    contradictions.length = 0;
    const marked = async (): Promise<unknown> => await test.admin('SELECT contradicted FROM payments.ledger_object');

    await apply(payment(1_000, 500));
    const before = await marked();
    await apply(payment(1_000, 700, { sourceId: 'src_2' }));
    const told = await marked();
    await apply(payment(1_000, 600, { correction: 1 }));

    expect([before, told, await marked()]).toEqual([
      [{ contradicted: false }],
      [{ contradicted: true }],
      [{ contradicted: false }],
    ]);
    expect(contradictions).toEqual(['stripe']);
  });
});

function topicOf({ metadata }: LedgerRecord): LedgerTopic {
  // A ledger's record has a type of one of its topics.
  return `${metadata.type.split('.').slice(0, 2).join('.')}.v1` as LedgerTopic;
}

/** What an object comes to in the ledger of the tenants that are named. */
async function sums(tx: Transaction): Promise<unknown> {
  return await tx.query(sumsByObjectSql);
}

const sumsByObjectSql = `
SELECT concat_ws(' ', tenant_id, provider, account, kind, object_id, side, currency) AS name, sum(amount)::text AS sum
FROM (
  SELECT p.*, debit AS side FROM payments.posting p
  UNION ALL
  SELECT tenant_id, provider, account, kind, object_id, posting, debit, credit, -amount, currency, effective_at, event_id, posted_at, credit
  FROM payments.posting
) AS sides
GROUP BY 1 HAVING sum(amount) <> 0 ORDER BY 1`;
