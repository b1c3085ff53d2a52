import { isEventId } from '@trunkline/core';
import { headerName, letterId } from '@trunkline/events';
import { until } from '@trunkline/installation';
import { createPublisher, type IncomingRecord } from '@trunkline/kafka';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { trunkline } from './cli.ts';
import { inboxRows, paymentRows, recordsOfEvent, recordsOn } from './facts.ts';
import { refuseRow } from './refusing-row.ts';
import { nodesOf, spanNames, type TraceNode, untilSpans } from './spans.ts';
import { paymentId } from './stripe.ts';
import { type E2eWorld, startWorld } from './world.ts';

/** Two waits on the retry topic of 10 s, with room for a busy machine. */
const twoRetriesMs = 45_000;

let world: E2eWorld;
beforeAll(async () => {
  world = await startWorld(inject('stack'));
});
afterAll(() => world?.close());

// At the same time, because one of them mostly waits: they are about different payments.
describe.concurrent('an event whose handler', () => {
  it('fails twice and then succeeds is seen on the retry topic, applied once, and is one connected trace', async ({
    expect,
  }) => {
    const entityId = paymentId('twice');
    const refusing = await refuseRow(world, { entityId, sqlState: 'P0001' });

    const eventId = await deliveredEvent('twice');
    const copies = await until(
      'two copies on the retry topic',
      () => atLeast(2, recordsOfEvent(world, 'payments.retry.10s', eventId)),
      {
        deadlineMs: twoRetriesMs,
        everyMs: 500,
      },
    );
    await refusing.lift();
    const rows = await until('the third attempt is done', () => atLeast(1, inboxRows(world, [eventId])), {
      deadlineMs: twoRetriesMs,
      everyMs: 250,
    });

    expect(copies.map(({ headers }) => headers[headerName.retryAttempt])).toEqual(['1', '2']);
    expect(copies.map(({ headers }) => headers[headerName.failureKind])).toEqual(['transient', 'transient']);
    expect(rows).toEqual([{ outcome: 'applied', via: 'retry', attempt: 3, redrive_count: 0 }]);
    expect(await paymentRows(world, [entityId])).toMatchObject([{ status: 'succeeded' }]);
    expect(await recordsOfEvent(world, 'payments.dlt', eventId)).toEqual([]);
    const tree = await traceTree(eventId, { name: 'process payments.retry.10s', count: 2 });
    expect(
      new Set(nodesOf(tree).map(({ value }) => (value.kind === 'span' ? value.span.traceId : 'missing'))),
    ).toHaveProperty('size', 1);
    expect(attemptsIn(tree)).toEqual([
      'process payments.payment.v1',
      'process payments.retry.10s',
      'process payments.retry.10s',
    ]);
  });

  it('always fails is dead-lettered with every header as text, and applied once by a redrive after the fix', async ({
    expect,
  }) => {
    const entityId = paymentId('always');
    const refusing = await refuseRow(world, { entityId, sqlState: '23514' });

    const eventId = await deliveredEvent('always');
    const [letter] = await until('the dead letter', () => atLeast(1, recordsOfEvent(world, 'payments.dlt', eventId)), {
      everyMs: 250,
    });
    const [original] = await recordsOfEvent(world, 'payments.payment.v1', eventId);
    const listed = await trunkline(world, ['dlq', 'list', 'payments', '--type', 'payments.payment.succeeded']);
    await refusing.lift();
    const redriven = await trunkline(world, ['dlq', 'redrive', 'payments', '--id', eventId]);
    const rows = await until('the redrive is done', () => atLeast(1, inboxRows(world, [eventId])), { everyMs: 250 });
    const again = await trunkline(world, ['dlq', 'redrive', 'payments', '--id', eventId]);

    expect(letter).toMatchObject({ key: original?.key, value: original?.value });
    expect(letter?.headers).toMatchObject(deadLetterHeaders(original));
    expect(listed).toMatchObject({
      exitCode: 0,
      json: {
        group: 'payments',
        letters: [
          { id: letterOf(eventId), eventId, state: 'open', failureKind: 'permanent', code: 'constraint_violated' },
        ],
      },
    });
    expect(redriven).toMatchObject({ exitCode: 0, json: { sent: [letterOf(eventId)], alreadyDone: [] } });
    expect(rows).toEqual([{ outcome: 'applied', via: 'redrive', attempt: 1, redrive_count: 1 }]);
    expect(await paymentRows(world, [entityId])).toMatchObject([{ status: 'succeeded' }]);
    expect(again).toMatchObject({ exitCode: 0, json: { sent: [], alreadyDone: [letterOf(eventId)] } });
  });
});

describe.concurrent('poison that somebody puts on the payment topic', () => {
  it('is dead-lettered byte for byte, and its neighbours are applied as ever', async ({ expect }) => {
    const before = await deliveredEvent('poisoned', 'payment_intent.created');
    const [neighbour] = await until('the neighbour', () =>
      atLeast(1, recordsOfEvent(world, 'payments.payment.v1', before)),
    );
    // The key of the neighbours, so that all of them share a partition and an order.
    const key = neighbour?.key ?? Buffer.from('none');
    const poison = poisonFrom(neighbour);

    await publish(poison.map(({ value, headers }) => ({ topic: 'payments.payment.v1', key, value, headers })));
    const after = await deliveredEvent('poisoned');
    const letters = await until(
      'every poison on the dead-letter topic',
      async () => {
        const found = (await recordsOn(world, 'payments.dlt')).filter((record) => record.key?.equals(key) === true);
        return found.length >= poison.length ? found : undefined;
      },
      { everyMs: 500 },
    );

    await until('both neighbours are done', async () => (await inboxRows(world, [before, after])).length === 2);
    expect(letters.map(({ value }) => value?.toString('hex'))).toEqual(
      poison.map(({ value }) => value.toString('hex')),
    );
    expect(letters.map(({ headers }) => headers[headerName.failureKind])).toEqual(poison.map(() => 'poison'));
    expect(letters.map(({ headers }) => headers[headerName.originalPartition])).toEqual(
      poison.map(() => String(neighbour?.partition)),
    );
    expect(await paymentRows(world, [paymentId('poisoned')])).toMatchObject([{ status: 'succeeded' }]);
    expect(world.payments.hasExited()).toBe(false);
  });
});

async function deliveredEvent(payment: string, fixture: string = 'payment_intent.succeeded'): Promise<string> {
  const { status, eventIds } = await world.deliver({ fixture, payment });
  const [eventId] = eventIds;
  if (eventId === undefined) throw new Error(`the delivery about ${payment} was answered with ${status} and no event`);
  return eventId;
}

async function atLeast<T>(count: number, looking: Promise<readonly T[]>): Promise<readonly T[] | undefined> {
  const found = await looking;
  return found.length >= count ? found : undefined;
}

async function traceTree(eventId: string, last: { readonly name: string; readonly count: number }): Promise<TraceNode> {
  const { json } = await trunkline(world, ['events', 'show', eventId]);
  const { traceIds } = json as { readonly traceIds: readonly string[] };
  await untilSpans(world, traceIds[0] ?? 'none', last);
  const shown = await trunkline(world, ['trace', eventId]);
  return (shown.json as { readonly tree: TraceNode }).tree;
}

function attemptsIn(tree: TraceNode): readonly string[] {
  return spanNames(tree)
    .filter((name) => name.startsWith('payments process '))
    .map((name) => name.slice('payments '.length));
}

/** Where it came from, what happened to it and the event's own headers, all of them as text. */
function deadLetterHeaders(original: IncomingRecord | undefined): Readonly<Record<string, unknown>> {
  const text = /./;
  const own = Object.entries(original?.headers ?? {}).filter(([name]) => name.startsWith('ce_'));
  return {
    ...Object.fromEntries(own),
    'x-original-topic': 'payments.payment.v1',
    'x-original-partition': String(original?.partition),
    'x-original-offset': String(original?.offset),
    'x-original-timestamp': String(original?.timestampMs),
    'x-original-consumer-group': 'payments',
    'x-origin-traceparent': original?.headers['x-origin-traceparent'],
    'x-retry-attempt': '1',
    'x-attempts-total': '1',
    'x-first-failure-at': expect.stringMatching(/^\d{13}$/),
    'x-exception-class': expect.stringMatching(text),
    'x-exception-code': 'constraint_violated',
    'x-exception-message': expect.stringMatching(/refused by the test/),
    'x-exception-stacktrace': expect.stringMatching(text),
    'x-failure-kind': 'permanent',
  };
}

interface Poison {
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** No framing at all; a schema id that no registry gave out; and a real record, with its headers, that is cut short. */
function poisonFrom(real: IncomingRecord | undefined): readonly Poison[] {
  const value = real?.value ?? Buffer.alloc(0);
  return [
    { value: Buffer.from([0xff, 0x00, 0xfe, ...Array.from({ length: 64 }, (_, index) => index)]), headers: {} },
    {
      value: Buffer.concat([Buffer.from([0, 0x7f, 0xff, 0xff, 0xff]), value.subarray(5)]),
      headers: real?.headers ?? {},
    },
    { value: value.subarray(0, Math.floor(value.length / 2)), headers: real?.headers ?? {} },
  ];
}

async function publish(records: Parameters<Awaited<ReturnType<typeof createPublisher>>['publish']>[0]): Promise<void> {
  const publisher = await createPublisher(world.kafka);
  try {
    await publisher.publish(records, { deadlineMs: 10_000 });
  } finally {
    await publisher.close({ deadlineMs: 5_000 });
  }
}

function letterOf(eventId: string): string {
  if (!isEventId(eventId)) throw new Error(`${eventId} is no event id`);
  return letterId({ group: 'payments', recordId: eventId });
}
