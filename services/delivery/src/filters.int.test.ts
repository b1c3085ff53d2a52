import { applyEvents } from '@trunkline/consumer';
import { applicable, testRecord } from '@trunkline/consumer/testing';
import { systemClock } from '@trunkline/core';
import {
  apiScopeNames,
  disableEndpoint,
  editEndpoint,
  type EndpointId,
  findEndpoint,
  findMessage,
  listUndelivered,
  pauseEndpoint,
  tryFilter,
} from '@trunkline/delivery';
import type { RecordOf } from '@trunkline/events';
import { createApiKey } from '@trunkline/http-api/keys';
import { createAddressGuard } from '@trunkline/http-client';
import { createLifecycle, createLogger, createMetrics } from '@trunkline/runtime';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { createApiListener } from './api/listener.ts';
import { type DeliveryWorld, handlerOf, openDeliveryWorld } from './testing/delivery-world.ts';

let world: DeliveryWorld;
beforeAll(async () => {
  world = await openDeliveryWorld(inject('stack').postgresAdminUrl);
});
afterAll(() => world.close());

type Payment = RecordOf<'payments.payment.v1'>;

function payment(tenantId: string, stated: Readonly<Record<string, unknown>>): Payment {
  payments += 1;
  return testRecord({
    topic: 'payments.payment.v1',
    type: 'payments.payment.succeeded',
    kind: 'payment_intent',
    entityId: `pi_filter_${payments}`,
    occurredAt: Date.now(),
    stated,
    tenantId,
  });
}
let payments = 0;

async function verdictsOf(record: Payment, tenant: string): Promise<Readonly<Record<string, string>> | undefined> {
  // Made by a test record.
  const eventId = record.metadata.eventId as `evt_${string}`;
  return (await findMessage(world.operator, { eventId, tenants: [tenant] }))?.message.verdicts;
}

const reasonsOf = async (tenant: string) =>
  (await listUndelivered(world.operator, { tenant, sinceMs: 0, limit: 10 })).map(({ reason }) => reason);

/** Of payments alone: other types have no amount. */
const types = ['payments.payment.*'];

describe('an endpoint with a filter', () => {
  it('is told of what matches and of nothing else; what is not stated does not match', async () => {
    const { endpointId } = await world.createEndpoint({
      path: '/dear',
      tenantId: 'tnt_filter',
      types,
      filter: 'data.amount > 1000',
    });
    const [dear, cheap, unsaid] = [{ amount: 1_001 }, { amount: 1_000 }, { currency: 'EUR' }].map((stated) =>
      payment('tnt_filter', stated),
    );
    if (dear === undefined || cheap === undefined || unsaid === undefined) throw new RangeError('three payments');

    await world.fanOut([dear, cheap, unsaid]);

    expect(await verdictsOf(dear, 'tnt_filter')).toEqual({ [endpointId]: 'matched' });
    expect(await verdictsOf(cheap, 'tnt_filter')).toEqual({ [endpointId]: 'filter' });
    expect(await verdictsOf(unsaid, 'tnt_filter')).toEqual({ [endpointId]: 'filter' });
    expect((await reasonsOf('tnt_filter')).toSorted()).toEqual(['unmatched/filter', 'unmatched/filter', 'waiting/new']);
  });

  it('is judged by another one from the moment at which it is changed', async () => {
    const { endpointId } = await world.createEndpoint({
      path: '/edited',
      tenantId: 'tnt_edited',
      types,
      filter: 'data.amount > 1000',
    });
    const [before, after] = [payment('tnt_edited', { amount: 5 }), payment('tnt_edited', { amount: 5 })];

    await world.fanOut([before]);
    await editEndpoint(world.operator, { endpointId, filter: '', actor: 'tester' });
    await world.fanOut([after]);

    expect(await verdictsOf(before, 'tnt_edited')).toEqual({ [endpointId]: 'filter' });
    expect(await verdictsOf(after, 'tnt_edited')).toEqual({ [endpointId]: 'matched' });
  });

  it('costs its tenant no more than a message is worth: costly ones of many miss it and say so, and a plain one does not', async () => {
    const tenantId = 'tnt_costly';
    const costly = 'data.paymentMethodTypes.exists(a, data.paymentMethodTypes.exists(b, a != b))';
    for (let nth = 0; nth < 12; nth += 1)
      await world.createEndpoint({ path: '/costly', tenantId, types, filter: costly });
    const plain = await world.createEndpoint({ path: '/plain', tenantId, types, filter: 'data.amount > 1' });
    const record = payment(tenantId, { amount: 2, paymentMethodTypes: Array.from({ length: 57 }, () => 'card') });

    await world.fanOut([record]);

    const { [plain.endpointId]: ofPlain, ...others } = (await verdictsOf(record, tenantId)) ?? {};
    const reasons = await reasonsOf(tenantId);
    expect(ofPlain).toBe('matched');
    expect(new Set(Object.values(others))).toEqual(new Set(['filter', 'filter_failed']));
    expect(reasons.filter((reason) => reason === 'skipped/filter_failed').length).toBeGreaterThanOrEqual(6);
  });

  it('whose filter cannot judge an event misses it, says so, and is told why', async () => {
    const { endpointId } = await world.createEndpoint({
      path: '/broken',
      tenantId: 'tnt_broken',
      types,
      filter: '100 / data.amount > 1',
    });
    const record = payment('tnt_broken', { amount: 0 });

    await world.fanOut([record]);

    expect(await verdictsOf(record, 'tnt_broken')).toEqual({ [endpointId]: 'filter_failed' });
    expect(await reasonsOf('tnt_broken')).toEqual(['skipped/filter_failed']);
    expect(await findEndpoint(world.operator, endpointId)).toMatchObject({
      filterFailure: { reason: 'division by zero' },
    });
  });

  it.each([
    ['a field that no payment has', 'data.amout > 1', 'did you mean data.amount?'],
    ['what is not true or false', 'data.amount', 'a filter is true or false'],
    ['one that does not fit a type of it', 'data.amountRefunded > 1', '(for payments.'],
  ])('is not made of %s', async (_, filter, words) => {
    const made = world.createEndpoint({ path: '/no', tenantId: 'tnt_no', types: ['payments.*'], filter });

    await expect(made).rejects.toThrow(words);
  });

  it('keeps its filter to types that it fits when these are changed', async () => {
    const { endpointId } = await world.createEndpoint({
      path: '/types',
      tenantId: 'tnt_types',
      types: ['payments.payment.*'],
      filter: 'data.amountReceived > 1000',
    });

    await expect(editEndpoint(world.operator, { endpointId, types: ['**'], actor: 'tester' })).rejects.toThrow(
      'data has no field "amountReceived" (for ',
    );
  });

  it('may be tried before against what came', async () => {
    await world.createEndpoint({ path: '/tried', tenantId: 'tnt_tried' });
    await world.fanOut([1, 2, 3].map((n) => payment('tnt_tried', { amount: n * 1_000 })));

    const tried = await tryFilter(world.operator, {
      tenant: 'tnt_tried',
      types: ['payments.payment.*'],
      filter: '6000 / (data.amount - 1000) > 3',
      last: 40,
    });

    expect(tried.map(({ judgement }) => judgement.kind).toSorted()).toEqual(['differs', 'failed', 'matches']);
  });
});

describe('of a thousand events', () => {
  const tenantId = 'tnt_thousand';
  const between = (from: number, to: number): string => `data.amount >= ${from} && data.amount < ${to}`;
  const make = async (path: string, filter: string): Promise<EndpointId> =>
    (await world.createEndpoint({ path, tenantId, types, filter, schedule: '0,3600' })).endpointId;

  it('each that an endpoint was not told is listed once, with its reason, by the API too', async () => {
    world.answers.set('/failing', (_, response) => response.writeHead(500).end());
    const failing = await make('/failing', between(0, 200));
    const disabled = await make('/disabled', between(200, 400));
    const paused = await make('/paused', between(400, 600));
    const broken = await make('/broken-too', `${between(800, 900)} && 1 / (data.amount - data.amount) == 1`);
    await disableEndpoint(world.operator, { endpointId: disabled, actor: 'tester', reason: 'moving' });
    await pauseEndpoint(world.operator, { endpointId: paused, actor: 'tester', reason: 'a release' });
    const records = Array.from({ length: 1_000 }, (_, amount) => payment(tenantId, { amount }));
    await world.fanOut(records.slice(0, 900));
    await make('/later', between(900, 1_000));
    const hourAgoMs = Date.now() - 3_600_000;
    await applyEvents(
      world.database,
      records.slice(900).map((record) => {
        const metadata = { ...record.metadata, receivedAt: hourAgoMs };
        return applicable(handlerOf('payments.payment.v1'), { ...record, metadata });
      }),
      { deadlineMs: 60_000 },
    );
    world.startDispatcher();
    // The rest of them wait for an endpoint that failed so often to take one.
    await world.until('it has failed', async () => ((await everything()).get('waiting/http_5xx') ?? 0) >= 5);

    const found = await byApi();

    const reasonOf = (amount: number): string => {
      if (amount < 200) return `waiting ${failing}`;
      if (amount < 400) return `skipped/disabled ${disabled}`;
      if (amount < 600) return `waiting/paused ${paused}`;
      if (amount < 800) return 'unmatched/filter null';
      return amount < 900 ? `skipped/filter_failed ${broken}` : 'unmatched/created_later null';
    };
    const expected = records.map(({ metadata }, amount) => `${metadata.eventId} ${reasonOf(amount)}`);
    expect(
      found.map(({ eventId, reason, endpointId }) => `${eventId} ${withoutCode(reason)} ${endpointId}`).toSorted(),
    ).toEqual(expected.toSorted());
  });

  /** Which of those that fail was tried is for the breaker. */
  const withoutCode = (reason: string): string => reason.replace(/^waiting\/(?!paused).*/, 'waiting');

  async function everything(): Promise<ReadonlyMap<string, number>> {
    const found = await listUndelivered(world.operator, { tenant: tenantId, sinceMs: 0, limit: 2_000 });
    return new Map([...Map.groupBy(found, ({ reason }) => reason)].map(([reason, all]) => [reason, all.length]));
  }

  interface Page {
    readonly undelivered: readonly {
      readonly eventId: string;
      readonly reason: string;
      readonly endpointId: string | null;
    }[];
    readonly next: string | null;
  }

  /** All of it, page by page. */
  async function byApi(): Promise<Page['undelivered']> {
    const logger = createLogger({ name: 'test', version: '0', instance: 'api', level: 'fatal', sharesOutput: true });
    const lifecycle = createLifecycle(logger);
    const postgres = { url: world.test.appUrl, maxConnections: 2, statementTimeoutMs: 10_000, connectTimeoutMs: 5_000 };
    const metrics = createMetrics({ name: 'delivery', version: 'test' });
    const parts = { vault: world.vault, guard: createAddressGuard() };
    const port = await createApiListener(
      { api: { host: '127.0.0.1', port: 0, keepAliveMs: 65_000 }, postgres },
      parts,
      {
        logger,
        metrics,
        clock: systemClock,
        probeHandler: () => false,
      },
    ).start(lifecycle);
    const key = { tenantId, name: 'test', scopes: apiScopeNames, nowMs: Date.now(), actor: 'tester' };
    const { token } = await createApiKey(world.operator, key);
    const found: Page['undelivered'][number][] = [];
    let cursor = '';
    do {
      const answer = await fetch(`http://127.0.0.1:${port}/v1/undelivered?limit=100${cursor}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      // As the document of the API says.
      const page = (await answer.json()) as Page;
      found.push(...page.undelivered);
      cursor = page.next === null ? '' : `&cursor=${page.next}`;
    } while (cursor !== '');
    await lifecycle.stop(3_000);
    return found;
  }
});
