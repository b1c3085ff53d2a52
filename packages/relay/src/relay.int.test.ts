import { addToOutbox, type OutboxRow } from '@trunkline/postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';

import { defaultRelayLimits, type RelayLimits } from './limits.ts';
import { createRelay, type Relay } from './relay.ts';
import {
  type CollectingPublisher,
  createCollectingPublisher,
  openRelayHarness,
  outboxRow,
  type RelayHarness,
} from './testing/relay-harness.ts';

let harness: RelayHarness;
let publisher: CollectingPublisher;
let relays: Relay[];

beforeAll(async () => {
  harness = await openRelayHarness(inject('stack').postgresAdminUrl);
});
beforeEach(async () => {
  await harness.reset();
  publisher = createCollectingPublisher();
  relays = [];
});
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(relays.map((relay) => relay.stop({ deadlineMs: 5_000 })));
});
afterAll(() => harness.close());

function startRelay(limits: Partial<RelayLimits> = {}): Relay {
  const { database, log, metrics } = harness;
  const relay = createRelay({ database, publisher, log, metrics, limits });
  relays.push(relay);
  relay.start();
  return relay;
}

/** Its id is drawn; ends by the commit. */
async function addUncommitted(row: OutboxRow): Promise<() => Promise<void>> {
  const added = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const committed = harness.database.transaction(['tnt_a'], async (tx) => {
    await addToOutbox(tx, [row]);
    added.resolve();
    await released.promise;
  });
  await added.promise;
  return async () => {
    released.resolve();
    await committed;
  };
}

const keys = (): string[] => publisher.published.map(({ key }) => key.toString());
/** Nothing but a nudge makes the relay look. */
const asleep: Partial<RelayLimits> = { relayIdleMs: 3_600_000 };

describe('the relay', () => {
  it('publishes what is in the outbox as it was written, and deletes it', async () => {
    const rows = Array.from({ length: 40 }, (_, index) => outboxRow(`key ${index}`));
    await harness.add(...rows);

    startRelay();

    await expect.poll(() => harness.waiting()).toBe(0);
    const sent = publisher.published.map(({ topic, key, value, headers }) => ({ topic, key, value, headers }));
    const asked = rows.map(({ topic, key, value, headers }) => ({ topic, key, value, headers }));
    expect(sent).toHaveLength(40);
    expect(sent).toEqual(expect.arrayContaining(asked));
    expect(harness.metrics.read('outbox_published_total notifications.request.v1')).toBe(40);
  });

  it('finds rows that nobody nudged it for', async () => {
    startRelay({ relayIdleMs: 10 });

    await harness.add(outboxRow('a'));

    await expect.poll(() => keys()).toEqual(['a']);
  });

  it('looks at once when it is nudged', async () => {
    const relay = startRelay(asleep);
    await expect.poll(() => harness.metrics.read('outbox_waiting')).toBe(0);
    await harness.add(outboxRow('a'));

    relay.nudge();

    await expect.poll(() => keys()).toEqual(['a']);
  });

  it('keeps the order of each key, with other relays beside it', async () => {
    const rows = Array.from({ length: 3_000 }, (_, index) =>
      outboxRow(`key ${index % 60}`, { tenantId: `tnt_${index % 3}`, value: Buffer.from(String(index)) }),
    );
    for (let from = 0; from < rows.length; from += 500) await harness.add(...rows.slice(from, from + 500));

    for (const _ of [1, 2, 3]) startRelay({ relayBatchRecords: 20, relayIdleMs: 5 });

    await expect.poll(() => harness.waiting(), { timeout: 60_000 }).toBe(0);
    expect(publisher.published).toHaveLength(3_000);
    const byKey = Map.groupBy(publisher.published, ({ key }) => key.toString());
    for (const records of byKey.values()) {
      const order = records.map(({ value }) => Number(String(value)));
      expect(order).toEqual(order.toSorted((a, b) => a - b));
    }
  });

  it('serves tenants by turns: one with much to say does not keep the others waiting', async () => {
    const noisy = Array.from({ length: 2_000 }, () => outboxRow('noisy', { tenantId: 'tnt_a' }));
    for (let from = 0; from < noisy.length; from += 500) await harness.add(...noisy.slice(from, from + 500));
    await harness.add(outboxRow('noisy', { tenantId: 'tnt_b', value: Buffer.from('quiet') }));

    startRelay({ relayBatchRecords: 100, relayWorkers: 1 });

    await expect.poll(() => harness.waiting(), { timeout: 60_000 }).toBe(0);
    const place = publisher.published.findIndex(({ value }) => String(value) === 'quiet');
    expect(place).toBeLessThan(100);
  });

  it('soon finds a tenant that is new, and a row committed behind later ones, though it goes on with others', async () => {
    const release = await addUncommitted(outboxRow('noisy', { value: Buffer.from('late') }));
    await harness.add(...Array.from({ length: 500 }, () => outboxRow('noisy')));
    const opened = Promise.withResolvers<void>();
    publisher.gate = opened.promise;
    startRelay({ relayBatchRecords: 10, relayWorkers: 1 });
    await expect.poll(() => publisher.calls).toHaveLength(1);

    await release();
    await harness.add(outboxRow('noisy', { tenantId: 'tnt_b', value: Buffer.from('new') }));
    opened.resolve();

    await expect.poll(() => harness.waiting(), { timeout: 60_000 }).toBe(0);
    const places = ['late', 'new'].map((text) => publisher.published.findIndex(({ value }) => String(value) === text));
    for (const place of places) expect(place).toSatisfy((at: number) => at >= 0 && at < 100);
  });

  it('looks again at once where those it went on with have nothing left', async () => {
    await harness.add(...Array.from({ length: 20 }, () => outboxRow('a')));
    const opened = Promise.withResolvers<void>();
    publisher.gate = opened.promise;
    startRelay({ ...asleep, relayBatchRecords: 10, relayWorkers: 1 });
    await expect.poll(() => publisher.calls).toHaveLength(1);

    await harness.add(outboxRow('a', { tenantId: 'tnt_b' }));
    opened.resolve();

    await expect.poll(() => harness.waiting()).toBe(0);
    expect(publisher.published).toHaveLength(21);
  });

  it('leaves the memory to records whose publish has failed, because it may go on', async () => {
    publisher.isAway = true;
    startRelay({ relayAwayStepMs: 1, relayIdleMs: 1, relayWorkers: 1 });
    await harness.add(outboxRow('a', { value: Buffer.from('given away') }));
    await expect.poll(() => publisher.givenAway.length).toBeGreaterThan(0);

    await harness.add(outboxRow('a', { tenantId: 'tnt_0', value: Buffer.from('another that comes first') }));
    publisher.isAway = false;

    await expect.poll(() => harness.waiting()).toBe(0);
    const [given] = publisher.givenAway;
    expect(given?.value?.toString()).toBe('given away');
  });

  it('gives every tenant a turn where there are more of them than share a batch', async () => {
    const rows = Array.from({ length: 12 }, (_, tenant) =>
      Array.from({ length: 10 }, () =>
        outboxRow('shared', { tenantId: `tnt_${String(tenant).padStart(2, '0')}`, value: Buffer.of(tenant) }),
      ),
    );
    await harness.add(...rows.flat());

    startRelay({ relayBatchTenants: 5, relayBatchRecords: 5, relayWorkers: 1 });

    await expect.poll(() => harness.waiting()).toBe(0);
    const ofThreeTurns = publisher.calls.slice(0, 3).reduce((sum, records) => sum + records);
    const served = publisher.published.slice(0, ofThreeTurns).map(({ value }) => value?.[0]);
    expect(new Set(served).size).toBe(12);
  });

  it('gives every tenant a turn where the records of some of them are all that a batch may hold', async () => {
    const rows = Array.from({ length: 12 }, (_, tenant) =>
      Array.from({ length: 10 }, () => {
        const value = Buffer.alloc(tenant < 6 ? 2_000 : 10, tenant);
        return outboxRow('shared', { tenantId: `tnt_${String(tenant).padStart(2, '0')}`, value });
      }),
    );
    await harness.add(...rows.flat());

    startRelay({ relayBatchBytes: 5_000, relayWorkers: 1 });

    await expect.poll(() => harness.waiting()).toBe(0);
    const order = publisher.published.map(({ value }) => value?.[0] ?? Number.NaN);
    const first = Array.from({ length: 12 }, (_, tenant) => order.indexOf(tenant));
    const last = Array.from({ length: 12 }, (_, tenant) => order.lastIndexOf(tenant));
    expect(Math.max(...first)).toBeLessThan(Math.min(...last));
  });

  it.each([
    { filled: 'its bytes', limits: { relayBatchBytes: 5_000 } },
    { filled: 'its tenants', limits: { relayBatchTenants: 1, relayBatchRecords: 4 } },
    { filled: 'one record', limits: { relayBatchBytes: 500 } },
  ])('goes on at once where a batch is filled by $filled, as long as anything waits', async ({ limits }) => {
    const records = Array.from({ length: 10 }, () => outboxRow('a', { value: Buffer.alloc(1_000) }));
    await harness.add(...records);

    startRelay({ ...asleep, ...limits });

    await expect.poll(() => harness.waiting()).toBe(0);
  });

  it('publishes what waits a little in every shard in as few calls as it has workers', async () => {
    await harness.add(...Array.from({ length: 200 }, (_, index) => outboxRow(`key ${index}`)));

    startRelay();

    await expect.poll(() => harness.waiting()).toBe(0);
    expect(publisher.calls).toHaveLength(defaultRelayLimits.relayWorkers);
  });

  it('puts no more than its limit of bytes into one transaction, and a larger record alone', async () => {
    const value = Buffer.alloc(1_000);
    await harness.add(...Array.from({ length: 10 }, () => outboxRow('a', { value })));
    await harness.add(outboxRow('a', { value: Buffer.alloc(50_000) }), outboxRow('a', { value }));

    startRelay({ relayBatchBytes: 5_000 });

    await expect.poll(() => harness.waiting()).toBe(0);
    expect(publisher.calls).toEqual([4, 4, 2, 1, 1]);
  });
});

describe('while Kafka is away, the relay', () => {
  it('keeps the rows, says so once, and publishes them when it is back', async () => {
    publisher.isAway = true;
    await harness.add(outboxRow('a'), outboxRow('b'));
    startRelay({ relayAwayStepMs: 20 });
    await expect.poll(() => publisher.calls.length).toBeGreaterThan(5);
    expect(await harness.waiting()).toBe(2);

    publisher.isAway = false;

    await expect.poll(() => harness.waiting()).toBe(0);
    expect(keys().toSorted()).toEqual(['a', 'b']);
    await expect
      .poll(() => harness.lines)
      .toEqual([
        { level: 'warn', event: 'relay_waits' },
        { level: 'info', event: 'relay_goes_on' },
      ]);
  });

  it('does not ask faster because it is nudged', async () => {
    publisher.isAway = true;
    await harness.add(outboxRow('a'));
    const relay = startRelay({ relayAwayStepMs: 60_000 });
    await expect.poll(() => publisher.calls.length).toBeGreaterThan(3);
    const before = publisher.calls.length;

    for (let turn = 0; turn < 50; turn += 1) {
      relay.nudge();
      await harness.waiting();
    }

    // The waits only get longer: 0.4 s at least by now, while each nudge would have been another call.
    expect(publisher.calls.length - before).toBeLessThan(10);
  });
});

describe('while Postgres is away, the relay', () => {
  it('waits, and goes on when it is back', async () => {
    startRelay({ relayIdleMs: 10, relayAwayStepMs: 50 });
    await harness.test.takeDown();
    await expect.poll(() => harness.lines.map(({ event }) => event)).toContain('relay_waits');

    await harness.test.bringUp();
    await harness.add(outboxRow('a'));

    await expect.poll(() => keys()).toEqual(['a']);
  });
});

describe('a record that the broker refuses', () => {
  it('keeps back what has its key, and nothing else', async () => {
    // One shard, because it is one key's: what is behind it in other keys would be stopped with it otherwise.
    publisher.refuses = ({ value }) => String(value) === 'refused';
    const rows = Array.from({ length: 200 }, (_, index) => outboxRow(`key ${index}`));
    await harness.add(
      outboxRow('bad', { value: Buffer.from('refused') }),
      outboxRow('bad', { value: Buffer.from('behind it') }),
      ...rows,
    );

    startRelay({ relayIdleMs: 10 });

    await expect.poll(() => harness.waiting()).toBe(2);
    expect(keys().toSorted()).toEqual(rows.map(({ key }) => key.toString()).toSorted());
    expect(harness.lines).toContainEqual({ level: 'error', event: 'relay_refused' });
  });

  it('does not keep back what comes later, and goes as soon as the broker takes it', async () => {
    publisher.refuses = ({ value }) => String(value) === 'refused';
    await harness.add(outboxRow('bad', { value: Buffer.from('refused') }));
    startRelay({ relayIdleMs: 10, relayRefusedMs: 500 });
    await expect.poll(() => harness.lines.length).toBeGreaterThan(0);

    await harness.add(...Array.from({ length: 50 }, (_, index) => outboxRow(`key ${index}`)));
    await expect.poll(() => keys().length).toBe(50);
    publisher.refuses = () => false;

    await expect.poll(() => harness.waiting()).toBe(0);
    expect(keys().at(-1)).toBe('bad');
  });

  it('is kept back no longer because the clock of the machine is set back', async () => {
    publisher.refuses = () => true;
    await harness.add(outboxRow('bad'));
    startRelay({ relayIdleMs: 10, relayRefusedMs: 100 });
    await expect.poll(() => harness.lines.length).toBeGreaterThan(0);

    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000 });
    publisher.refuses = () => false;

    await expect.poll(() => harness.waiting()).toBe(0);
  });
});

describe('the outbox', () => {
  it('is measured, and refuses more than its limit until it is emptier', async () => {
    publisher.isAway = true;
    await harness.add(outboxRow('a'), outboxRow('b'), outboxRow('c'));
    const relay = startRelay({ maxWaitingRequests: 3, relayMeasureEveryMs: 1, relayAwayStepMs: 20 });
    await expect.poll(() => harness.metrics.read('outbox_waiting')).toBe(3);

    expect(() => relay.refuseWhenFull()).toThrow(expect.objectContaining({ code: 'overloaded' }));
    expect(harness.metrics.read('outbox_oldest_seconds')).toBeGreaterThan(0);
    publisher.isAway = false;

    await expect.poll(() => harness.metrics.read('outbox_waiting')).toBe(0);
    expect(() => relay.refuseWhenFull()).not.toThrow();
  });
});

describe('stopping', () => {
  it('finishes what is being published, and takes no more', async () => {
    const gate = Promise.withResolvers<void>();
    publisher.gate = gate.promise;
    await harness.add(outboxRow('a'));
    const relay = startRelay({ relayIdleMs: 10 });
    await expect.poll(() => publisher.calls.length).toBe(1);

    const stopped = relay.stop({ deadlineMs: 10_000 });
    await harness.add(outboxRow('a'));
    gate.resolve();
    await stopped;

    expect(keys()).toEqual(['a']);
    expect(await harness.waiting()).toBe(1);
  });

  it('leaves what is not acknowledged at the deadline in the outbox', async () => {
    publisher.gate = new Promise(() => undefined);
    await harness.add(outboxRow('a'));
    const relay = startRelay({ relayIdleMs: 10 });
    await expect.poll(() => publisher.calls.length).toBe(1);

    await relay.stop({ deadlineMs: 100 });

    expect(await harness.waiting()).toBe(1);
  });
});
