import { armFailpoints } from '@trunkline/core';
import type { IncomingRecord } from '@trunkline/kafka';
import type { Transaction } from '@trunkline/postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { type ConsumedEvent, handlerTable } from '../handler.ts';
import {
  type BatchHarness,
  entities,
  fail,
  hangUntilDeadline,
  names,
  openBatchHarness,
  sleepTooLong,
} from '../testing/batch-harness.ts';
import { incoming, shopRecord, topic } from '../testing/test-group.ts';

let harness: BatchHarness;
beforeAll(async () => {
  harness = await openBatchHarness(inject('stack').postgresAdminUrl);
});
afterAll(() => harness.close());
beforeEach(() => harness.reset());
afterEach(() => armFailpoints(''));

describe('a batch', () => {
  it('has every effect once, in one transaction, and publishes nothing', async () => {
    await harness.run(entities(40));

    expect(await harness.effects()).toEqual(names(40));
    expect(await transactions()).toBe(1);
    expect(harness.publisher.published).toEqual([]);
    expect(harness.outcomes()).toEqual({ applied: 40 });
  });

  it('delivered again has no second effect', async () => {
    const records = entities(3).map((event) => harness.record(event));
    await harness.run(records);
    await harness.run(records);

    expect(await harness.effects()).toEqual(names(3));
    expect(harness.outcomes()).toEqual({ applied: 3, duplicate: 3 });
  });

  it('that has an event twice applies it once', async () => {
    const twice = harness.record(shopRecord('e0'));

    await harness.run([twice, { ...twice, offset: twice.offset + 1n }]);

    expect(await harness.effects()).toEqual(['e0']);
    expect(harness.outcomes()).toEqual({ applied: 1, duplicate: 1 });
  });

  it('leaves out types that no handler wants, and tells: no effect, no inbox row, no copy', async () => {
    await harness.run([shopRecord('e0', { type: 'payments.payment.canceled' }), shopRecord('e1')]);

    expect(await harness.effects()).toEqual(['e1']);
    expect(await inboxRows()).toBe(1);
    expect(harness.publisher.published).toEqual([]);
    expect(harness.ignored).toEqual(['payments.payment.canceled']);
  });

  it('keeps events of types that only a newer release knows: it may have a handler for them', async () => {
    // What the newer release will be able to publish: the type is text in the record.
    const ofTomorrow = 'payments.payment.settled' as 'payments.payment.created';

    await harness.run([shopRecord('e0', { type: ofTomorrow }), shopRecord('e1')]);

    expect(await harness.effects()).toEqual(['e1']);
    expect(harness.ignored).toEqual([]);
    expect(harness.publisher.published).toMatchObject([
      {
        topic: 'shop.retry.10s',
        headers: {
          'x-exception-code': 'type_unknown',
          'x-exception-message': expect.stringContaining('payments.payment.settled'),
        },
      },
    ]);
  });

  it('applies the younger of two records with one id when the older one may not be applied any more', async () => {
    const record = harness.record(shopRecord('e0'));
    const copies = [39, 37].map((days) => redriven(record, Date.now() - days * 86_400_000));

    await harness.run(copies, 'redrive');

    expect(await harness.effects()).toEqual(['e0']);
    expect(harness.outcomes()).toEqual({ applied: 1, dead_letter: 1 });
  });

  it('writes into the inbox where each event came from', async () => {
    const source = harness.record(shopRecord('e0'));

    await harness.run([{ ...source, partition: 2 }]);

    expect(await harness.test.admin('SELECT * FROM shop.inbox')).toMatchObject([
      {
        tenant_id: 'tnt_a',
        outcome: 'applied',
        original_topic: topic,
        original_partition: 2,
        original_offset: String(source.offset),
        via: 'main',
        attempt: 1,
        redrive_count: 0,
      },
    ]);
  });
});

describe('one bad event', () => {
  it.each([1, 15, 16, 40, 100])('among %i never fails its neighbours', async (count) => {
    harness.shop.misbehave('e0', fail('unknown'));

    await harness.run(shuffled(entities(count)));

    expect(await harness.effects()).toEqual(names(count).slice(1));
    expect(harness.topicsOfCopies()).toEqual({ 'shop.retry.10s': 1 });
    // 100 → 50 + 25 + 12 at once and 12 one by one: 15 transactions, not 99.
    expect(await transactions()).toBeLessThanOrEqual(15);
  });

  it('that violates a constraint is dead-lettered at once', async () => {
    harness.shop.misbehave('e0', async (_, tx) => {
      await tx.query(`INSERT INTO shop.effect VALUES ('tnt_a', NULL, 'x', 1)`);
    });

    await harness.run(entities(3));

    expect(await harness.effects()).toEqual(names(3).slice(1));
    expect(harness.publisher.published).toMatchObject([
      { topic: 'shop.dlt', headers: { 'x-exception-code': 'constraint_violated', 'x-failure-kind': 'permanent' } },
    ]);
  });

  it('whose handler hangs is retried later as handler_timeout, and its transaction cannot land any more', async () => {
    harness.shop.misbehave('e0', hangUntilDeadline(harness.context.limits.handlerDeadlineMs));

    await harness.run(entities(3));

    expect(await harness.effects()).toEqual(names(3).slice(1));
    expect(harness.publisher.published).toMatchObject([
      { topic: 'shop.retry.10s', headers: { 'x-exception-code': 'handler_timeout' } },
    ]);
  });

  it('whose handler hangs among 100 is waited for twice, once with its neighbours and once alone', async () => {
    let waits = 0;
    const onHang = (): void => void (waits += 1);
    harness.shop.misbehave('e0', hangUntilDeadline(harness.context.limits.handlerDeadlineMs, onHang));

    await harness.run(shuffled(entities(100)));

    expect(await harness.effects()).toEqual(names(100).slice(1));
    expect(harness.topicsOfCopies()).toEqual({ 'shop.retry.10s': 1 });
    expect(waits).toBe(2);
  });

  it.each(['ECONNREFUSED', 'ENOENT', 'ETIMEDOUT', 'ECONNRESET', '57P01', '53300'])(
    'whose handler could not reach something of its own (%s) is retried later, and nobody waits for it',
    async (code) => {
      harness.shop.misbehave('e0', () => {
        throw Object.assign(new Error('an API of somebody else'), { code });
      });
      const reasons = pauseReasons();

      await harness.run(entities(3));

      expect(await harness.effects()).toEqual(names(3).slice(1));
      expect(harness.publisher.published).toMatchObject([
        { topic: 'shop.retry.10s', headers: { 'x-exception-code': 'unknown', 'x-failure-kind': 'transient' } },
      ]);
      expect(reasons).toEqual([]);
    },
  );

  it.each(['dependency_unavailable', 'publish_unavailable', 'overloaded'] as const)(
    'whose handler says %s is retried later: only the transaction itself knows of an outage',
    async (code) => {
      harness.shop.misbehave('e0', fail(code));
      const reasons = pauseReasons();

      await harness.run(entities(3));

      expect(await harness.effects()).toEqual(names(3).slice(1));
      expect(harness.topicsOfCopies()).toEqual({ 'shop.retry.10s': 1 });
      expect(reasons).toEqual([]);
    },
  );

  it('that is in conflict with others each time is retried later', async () => {
    harness.shop.misbehave('e0', async (_, tx) => {
      await tx.query(`DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$`);
    });

    await harness.run(entities(3));

    expect(await harness.effects()).toEqual(names(3).slice(1));
    expect(harness.publisher.published).toMatchObject([
      { topic: 'shop.retry.10s', headers: { 'x-exception-code': 'dependency_unavailable' } },
    ]);
  });

  it('whose handler passes over a failed statement is not taken for applied', async () => {
    const { handler } = harness.shop;
    const careless = {
      ...handler,
      run: async (events: readonly ConsumedEvent[], tx: Transaction) => {
        await tx.query(`INSERT INTO shop.effect VALUES ('tnt_a', NULL, 'x', 1)`).catch(() => undefined);
        return handler.run(events, tx).catch(() => ({ stale: [] }));
      },
    };
    harness.context = { ...harness.context, handlers: handlerTable([careless]) };

    await harness.run(entities(1));

    expect(await harness.effects()).toEqual([]);
    expect(await inboxRows()).toBe(0);
    expect(harness.topicsOfCopies()).toEqual({ 'shop.dlt': 1 });
  });

  it('whose statements run out of time again and again, while Postgres answers, is retried later', async () => {
    harness.shop.misbehave('e0', sleepTooLong);

    await harness.run(entities(2));

    expect(await harness.effects()).toEqual(['e1']);
    expect(harness.publisher.published).toMatchObject([
      { topic: 'shop.retry.10s', headers: { 'x-exception-code': 'dependency_unavailable' } },
    ]);
  });

  it('whose statements ask for too much memory again and again, while Postgres answers, is retried later', async () => {
    harness.shop.misbehave('e0', async (_, tx) => {
      await tx.query(`DO $$ BEGIN RAISE EXCEPTION 'out of memory' USING ERRCODE = '53200'; END $$`);
    });

    await harness.run(entities(2));

    expect(await harness.effects()).toEqual(['e1']);
    expect(harness.publisher.published).toMatchObject([
      { topic: 'shop.retry.10s', headers: { 'x-exception-code': 'dependency_unavailable' } },
    ]);
  });

  it('of another tenant than it says cannot be written', async () => {
    harness.shop.misbehave('e0', async (_, tx) => {
      await tx.query(`INSERT INTO shop.effect VALUES ('tnt_b', 'stolen', 'x', 1)`);
    });

    await harness.run(entities(2));

    expect(await harness.effects()).toEqual(['e1']);
  });

  it('comes from the retry topic with its count, and is applied there once', async () => {
    harness.shop.misbehave('e0', fail('upstream_5xx'));
    await harness.run([shopRecord('e0')]);
    harness.shop.misbehave('e0', undefined);

    await harness.run(
      harness.publisher.published.map((copy) => incoming(copy)),
      'retry',
    );

    expect(await harness.test.admin('SELECT entity_id, attempt FROM shop.effect')).toEqual([
      { entity_id: 'e0', attempt: 2 },
    ]);
    expect(await harness.test.admin('SELECT via, attempt, original_topic FROM shop.inbox')).toEqual([
      { via: 'retry', attempt: 2, original_topic: topic },
    ]);
  });
});

describe('a process that dies', () => {
  it.each(['consumer.before_effect', 'consumer.after_effect', 'consumer.after_commit'])(
    'at %s has every effect once after the redelivery',
    async (point) => {
      const records = entities(3).map((event) => harness.record(event));
      armFailpoints(`${point}=throw`);
      await expect(harness.applyOnly(records)).rejects.toThrow(point);
      armFailpoints('');

      await harness.run(records);

      expect(await harness.effects()).toEqual(names(3));
      expect(harness.publisher.published).toEqual([]);
    },
  );
});

function redriven(record: IncomingRecord, firstAppendMs: number): IncomingRecord {
  const headers = {
    ...record.headers,
    'x-original-topic': record.topic,
    'x-original-partition': '0',
    'x-original-offset': '1',
    'x-original-timestamp': String(firstAppendMs),
  };
  return { ...record, topic: 'shop.redrive', headers };
}

/** The bad one in the middle. */
function shuffled<T>(items: readonly T[]): readonly T[] {
  const middle = Math.floor(items.length / 2);
  return [...items.slice(1, middle + 1), ...items.slice(0, 1), ...items.slice(middle + 1)];
}

/** Why the group waited, each time it did. */
function pauseReasons(): readonly string[] {
  const reasons: string[] = [];
  const { pause } = harness.context;
  harness.context = {
    ...harness.context,
    pause: {
      ...pause,
      until: (request) => {
        reasons.push(request.error.code);
        return pause.until(request);
      },
    },
  };
  return reasons;
}

async function inboxRows(): Promise<number> {
  return (await harness.test.admin('SELECT 1 FROM shop.inbox')).length;
}

async function transactions(): Promise<number> {
  return (await harness.test.admin('SELECT DISTINCT xmin FROM shop.effect')).length;
}
