import { once } from 'node:events';
import { connect } from 'node:net';

import { freePorts, type ServiceProcess, startService, until } from '@trunkline/installation';
import type { Answer } from '@trunkline/testkit';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { trunkline } from './cli.ts';
import { inboxRows, paymentRows } from './facts.ts';
import { pathTo, spanNames, type TraceNode, untilSpans } from './spans.ts';
import { paymentBody, paymentId } from './stripe.ts';
import { type E2eWorld, startWorld } from './world.ts';

const event = { fixture: 'payment_intent.succeeded', payment: 'path' } as const;

let world: E2eWorld;
let answer: Answer;
let eventId: string;
beforeAll(async () => {
  world = await startWorld(inject('stack'));
  answer = await world.deliver(event);
  eventId = answer.eventIds[0] ?? 'none';
  await until('the event is applied', async () => (await inboxRows(world, [eventId])).length > 0);
});
afterAll(() => world?.close());

describe('a signed Stripe webhook', () => {
  it('is answered with 200, its delivery and its one event', () => {
    expect(answer).toEqual({
      status: 200,
      deliveryId: expect.stringMatching(/^dlv_[0-9a-f]{32}$/),
      eventIds: [expect.stringMatching(/^evt_[0-9a-f]{32}$/)],
      retryAfterSeconds: undefined,
    });
  });

  it('becomes a row', async () => {
    const rows = await paymentRows(world, [paymentId(event.payment)]);

    expect(rows).toEqual([{ status: 'succeeded', provider_status: 'succeeded', amount: '4990', currency: 'EUR' }]);
  });

  it('is found by its event id: delivery, record and its place, inbox row and trace', async () => {
    const shown = await trunkline(world, ['events', 'show', eventId]);

    const place = {
      topic: 'payments.payment.v1',
      partition: expect.any(Number),
      offset: expect.stringMatching(/^\d+$/),
    };
    const metadata = {
      eventId,
      type: 'payments.payment.succeeded',
      deliveryId: answer.deliveryId,
      entityId: paymentId(event.payment),
    };
    expect(shown).toMatchObject({ exitCode: 0, json: { eventId, gaps: [], copies: [] } });
    expect(shown.json).toMatchObject({
      record: { place, headers: { ce_id: eventId }, value: { metadata, status: 'succeeded', amount: 4990 } },
      delivery: {
        place: { topic: 'ingress.delivery.v1' },
        value: {
          deliveryId: answer.deliveryId,
          verdict: 'normalised',
          eventIds: [eventId],
          body: Buffer.from(paymentBody(event)).toString('base64'),
        },
      },
      groups: [
        { group: 'crm' },
        { group: 'delivery' },
        {
          group: 'payments',
          row: { outcome: 'applied', via: 'main', attempt: 1, originalTopic: place.topic },
          effect: expect.arrayContaining([
            { table: 'payment', rows: 1 },
            { table: 'posting', rows: 1 },
          ]),
        },
      ],
      traceIds: [expect.stringMatching(/^[0-9a-f]{32}$/)],
    });
  });

  it('is found by its delivery id, too', async () => {
    const shown = await trunkline(world, ['events', 'show', answer.deliveryId ?? '']);

    expect(shown).toMatchObject({ exitCode: 0, json: { deliveryId: answer.deliveryId, eventIds: [eventId] } });
  });

  it('is counted by the processes, which the monitor adds up', async () => {
    const shown = await trunkline(world, [
      'monitor',
      'src_stripe',
      '--once',
      '--ingress-operator-url',
      world.ingress.operatorUrl,
      '--consumer-url',
      `${world.payments.operatorUrl},http://127.0.0.1:1`,
    ]);

    const percentiles = { p50Ms: expect.any(Number), p99Ms: expect.any(Number) };
    const { sources, groups, processes } = shown.json as Readonly<Record<'sources' | 'groups' | 'processes', unknown>>;
    // One of the addresses that were named is nobody's.
    expect(shown.exitCode).toBe(4);
    expect(processes).toMatchObject([
      { name: 'ingress', answers: true },
      { name: 'payments', answers: true },
      { name: '127.0.0.1:1', answers: false, reason: expect.any(String) },
    ]);
    expect(sources).toMatchObject([
      { source: 'src_stripe', received: 1, accepted: 1, rejectedByStep: {}, ...percentiles },
    ]);
    expect(groups).toContainEqual(
      expect.objectContaining({
        group: 'payments',
        processed: 1,
        applied: 1,
        lag: '0',
        openLetters: 0,
        ...percentiles,
      }),
    );
  });

  it('is one trace, a tree from the HTTP request to the row, which the trace UI shows too', async () => {
    const traceId = await traceIdOf(eventId);
    await untilSpans(world, traceId, { name: 'batch payments', count: 1 });

    const shown = await trunkline(world, ['trace', eventId]);

    const { tree, pages } = shown.json as { readonly tree: TraceNode; readonly pages: readonly string[] };
    expect(shown).toMatchObject({ exitCode: 0, json: { traceIds: [traceId], absentTraceIds: [] } });
    expect(tree.value).toMatchObject({
      kind: 'span',
      span: { service: 'ingress', name: expect.stringContaining('/hooks/') },
    });
    expect(spanNames(tree)).not.toContain('(missing)');
    const insert =
      spanNames(tree)
        .find((name) => name.includes('insert payments.'))
        ?.replace('payments ', '') ?? 'none';
    expect(pathTo(tree, insert).slice(1)).toEqual(['send', 'process payments.payment.v1', 'batch payments', insert]);
    expect(pages).toEqual([expect.stringContaining(traceId)]);
    expect(await statusOf(pages[0] ?? '')).toBe(200);
  });
});

describe('a payment that the command line sends', () => {
  it('is money on the balance of its account', async () => {
    const before = await balance();

    const sent = await trunkline(world, ['send', 'stripe', 'payment_intent.succeeded']);
    await until('its money is posted', async () => (await balance()) !== before, { deadlineMs: 60_000, everyMs: 500 });

    expect(sent.exitCode).toBe(0);
    expect((await balance()) - before).toBe(4_990);
  });
});

describe('an endpoint that the command line makes', () => {
  let delivery: ServiceProcess;
  beforeAll(async () => {
    delivery = await startService(world.installation, {
      name: 'delivery',
      env: { OTEL_BSP_SCHEDULE_DELAY: '200', TRUNKLINE_DELIVERY_NETWORKS: '127.0.0.0/8' },
    });
    await delivery.ready();
  });
  afterAll(() => delivery?.stop());

  it('is told of a payment by a request that its receiver verifies, in the trace of the provider’s request', async () => {
    const [port = 0] = await freePorts(1);
    const url = `http://127.0.0.1:${port}/hooks`;
    const made = await trunkline(world, ['endpoints', 'create', '--tenant', 'tnt_e2e', '--url', url, '--types', '**']);
    const { endpointId, secret } = made.json as { readonly endpointId: string; readonly secret: string };
    const listening = trunkline(
      world,
      ['endpoints', 'listen', '--port', String(port), '--secret', 'env:WEBHOOK_SECRET', '--limit', '1'],
      { WEBHOOK_SECRET: secret },
    );
    await until('the receiver listens', () => answers(port));

    const sent = await world.deliver({ fixture: 'payment_intent.succeeded', payment: 'out' });
    const [sentId = 'none'] = sent.eventIds;
    const received = await listening;
    await until('it is written', async () => {
      const { json } = await trunkline(world, ['messages', 'show', sentId]);
      return JSON.stringify(json).includes('"delivered"');
    });
    const shown = await trunkline(world, ['messages', 'show', sentId]);
    const { traceId } =
      (shown.json as { readonly attempts: readonly { readonly traceId: string }[] }).attempts[0] ?? {};
    await untilSpans(world, traceId ?? '', { name: 'delivery attempt', count: 1 });
    const { tree } = (await trunkline(world, ['trace', sentId])).json as { readonly tree: TraceNode };
    const effects = (await trunkline(world, ['events', 'show', sentId])).json;

    expect(effects).toMatchObject({
      groups: expect.arrayContaining([
        expect.objectContaining({
          group: 'delivery',
          effect: expect.arrayContaining([
            { table: 'attempt', rows: 1 },
            { table: 'message', rows: 1 },
          ]),
        }),
      ]),
    });
    expect(received).toMatchObject({
      exitCode: 0,
      json: {
        isVerified: true,
        id: sentId,
        type: 'payments.payment.succeeded',
        attempt: 1,
        status: 204,
        traceparent: expect.stringContaining(traceId ?? 'none'),
        body: { data: { amount: 4990, currency: 'EUR' }, trunkline: { tenant: 'tnt_e2e', provider: 'stripe' } },
      },
    });
    expect(shown.json).toMatchObject({
      message: { eventId: sentId, verdicts: { [endpointId]: 'matched' } },
      waiting: [],
      attempts: [{ endpointId, no: 1, code: 'ok', outcome: 'delivered' }],
    });
    expect(spanNames(tree)[0]).toContain('ingress');
    expect(spanNames(tree)).toContain('delivery-service delivery attempt');
    expect(JSON.stringify((await trunkline(world, ['undelivered', '--tenant', 'tnt_e2e'])).json)).not.toContain(sentId);
  });
});

/** Whether somebody listens there; asks nothing. */
async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const isThere = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return isThere;
}

/** What `ledger balance` shows that the provider holds, in minor units: of one account in one currency. */
async function balance(): Promise<number> {
  const { json } = await trunkline(world, ['ledger', 'balance']);
  const { balances } = json as { readonly balances: readonly { readonly amounts: { readonly balance: string } }[] };
  return Number(balances[0]?.amounts.balance ?? 0);
}

async function traceIdOf(id: string): Promise<string> {
  const sql = `SELECT trace_id FROM payments.inbox WHERE event_id = $1::uuid`;
  const rows = await world.database.transaction([], (tx) =>
    tx.query<{ readonly trace_id: string }>(sql, [id.slice('evt_'.length)]),
  );
  return rows[0]?.trace_id ?? '';
}

async function statusOf(url: string): Promise<number> {
  return (await fetch(url, { signal: AbortSignal.timeout(10_000) })).status;
}
