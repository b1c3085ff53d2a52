import { shardOf } from '@trunkline/delivery';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import type { NewTask } from './handlers/fan-out.ts';
import { type DeliveryWorld, openDeliveryWorld, type RunningDispatcher } from './testing/delivery-world.ts';

let world: DeliveryWorld;
let sender: RunningDispatcher;
beforeAll(async () => {
  world = await openDeliveryWorld(inject('stack').postgresAdminUrl);
  sender = world.startDispatcher();
});
afterAll(() => world.close());

const arrivedAt = (path: string): readonly string[] =>
  world.received.filter((request) => request.path === path).map(({ headers }) => headers['webhook-id'] ?? '');

/** An endpoint that the dispatcher sends for. */
async function createEndpoint(path: string, tenantId: string): Promise<number> {
  const { endpointId } = await world.createEndpoint({ path, tenantId, maxInFlight: 8 });
  const shard = shardOf(endpointId);
  await world.until('somebody sends for it', () => sender.sendsFor(shard));
  return shard;
}

describe('a process that fans out and sends', () => {
  it('sends what it has made once, also while it looks for what others have made', async () => {
    const shard = await createEndpoint('/both', 'tnt_both');
    const batches = Array.from({ length: 20 }, () => world.payments(10, 'tnt_both'));

    for (const [nth, batch] of batches.entries()) {
      sender.lookAt([shard]);
      if (nth % 2 === 0) await world.fanOutBeside(sender, batch);
      else await world.fanOut(batch);
    }
    await world.until('all have arrived', () => arrivedAt('/both').length >= 200);
    await world.until('all is written', async () => (await tasksLeft()) === 0);

    expect(arrivedAt('/both').toSorted()).toEqual(idsOf(batches.flat()).toSorted());
  });

  it('sends a message once that a look has found before it was handed over', async () => {
    await createEndpoint('/late', 'tnt_late');
    const [record] = world.payments(1, 'tnt_late');
    if (record === undefined) throw new Error('no record');
    const late: NewTask[] = [];

    await world.fanOutBeside({ sendsFor: () => true, take: (tasks) => late.push(...tasks) }, [record]);
    sender.lookAtAll();
    await world.until('it is written', async () => (await tasksLeft()) === 0);
    // Written, and let go by the dispatcher: it asks for this one when it has.
    await sendOne('/late', 'tnt_late');
    sender.take(late);
    await sendOne('/late', 'tnt_late');

    expect(late).toHaveLength(1);
    expect(arrivedAt('/late').filter((id) => id === record.metadata.eventId)).toHaveLength(1);
  });

  it('sends once what is handed over behind what waits in Postgres', async () => {
    await createEndpoint('/slow', 'tnt_slow');
    const waiting: (() => void)[] = [];
    let isOpen = false;
    world.answers.set('/slow', (_, response) => {
      const answer = (): unknown => response.writeHead(204).end();
      if (isOpen) answer();
      else waiting.push(answer);
    });
    const records = world.payments(600, 'tnt_slow');

    await world.fanOut(records.slice(0, 300));
    await world.fanOutBeside(sender, records.slice(300));
    isOpen = true;
    for (const answer of waiting) answer();
    await world.until('all have arrived', () => arrivedAt('/slow').length >= records.length);
    await world.until('all is written', async () => (await tasksLeft()) === 0);

    expect(arrivedAt('/slow').toSorted()).toEqual(idsOf(records).toSorted());
  });
});

/** What happened before it in the dispatcher has happened when it has arrived and is written. */
async function sendOne(path: string, tenantId: string): Promise<void> {
  const records = world.payments(1, tenantId);
  const before = arrivedAt(path).length;
  await world.fanOutBeside(sender, records);
  await world.until('it has arrived', () => arrivedAt(path).length > before);
  await world.until('it is written', async () => (await tasksLeft()) === 0);
}

async function tasksLeft(): Promise<number> {
  const [row] = await world.test.admin<{ readonly n: number }>('SELECT count(*)::integer AS n FROM delivery.task');
  return row?.n ?? 0;
}

function idsOf(records: ReturnType<DeliveryWorld['payments']>): readonly string[] {
  return records.map(({ metadata }) => metadata.eventId);
}
