import { isEventId, systemClock } from '@trunkline/core';
import {
  type AskForJob,
  askForJob,
  changeJob,
  type DeliveryJob,
  type EndpointId,
  endpointUuid,
  findMessage,
  type JobId,
  readJob,
} from '@trunkline/delivery';
import type { JobRunner } from '@trunkline/postgres';
import { createLogger } from '@trunkline/runtime';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';

import { createDeliveryJobRunner } from './jobs/runner.ts';
import { type DeliveryWorld, openDeliveryWorld } from './testing/delivery-world.ts';

let world: DeliveryWorld;
beforeEach(async () => {
  world = await openDeliveryWorld(inject('stack').postgresAdminUrl);
});
afterEach(() => world.close());

type Message = ReturnType<DeliveryWorld['payments']>[number];

function oneMessage(tenant: string): Message {
  const [record] = world.payments(1, tenant);
  if (record === undefined) throw new Error('no record');
  return record;
}

async function attempts({ metadata: { eventId } }: Message, tenant: string) {
  if (!isEventId(eventId)) throw new Error('no event id');
  const found = await findMessage(world.operator, { eventId, tenants: [tenant] });
  return (found?.attempts ?? [])
    .map(({ no, code, outcome }) => ({ no, code, outcome }))
    .toSorted((a, b) => a.no - b.no);
}

const arrivedAt = (path: string): readonly string[] =>
  world.received.filter((request) => request.path === path).map(({ headers }) => headers['webhook-id'] ?? '');

async function ask(tenant: string, asked: Omit<AskForJob, 'actor' | 'sinceMs'>): Promise<JobId> {
  const job = await world.operator.transaction([tenant], (tx) =>
    askForJob(tx, { sinceMs: 1, actor: 'tester', ...asked }, { clock: systemClock }),
  );
  if (job === undefined) throw new Error('no endpoint');
  return job.id;
}

async function ended(id: JobId, tenant: string): Promise<DeliveryJob> {
  let job: DeliveryJob | undefined;
  await world.until('the job is over', async () => {
    job = await world.operator.transaction([tenant], (tx) => readJob(tx, id));
    return job?.state === 'ended';
  });
  if (job === undefined) throw new Error('no job');
  return job;
}

/** Holds the answers of the path back; the function answers all of them, and what comes then, with the status. */
function holdAnswers(path: string): (status: number) => void {
  const waiting: ((status: number) => void)[] = [];
  world.answers.set(path, (_, response) => waiting.push((status) => response.writeHead(status).end()));
  return (status) => {
    world.answers.set(path, (_, response) => response.writeHead(status).end());
    for (const answer of waiting) answer(status);
  };
}

describe('a message that is taken away while its request is under way', () => {
  let runner: JobRunner;
  beforeEach(() => {
    world.startDispatcher();
    runner = createDeliveryJobRunner({
      database: world.database,
      owner: 'test',
      leaseMs: 10_000,
      log: createLogger({ name: 'test', version: '0', instance: 'jobs', level: 'fatal', sharesOutput: true }),
    });
    runner.start();
  });
  afterEach(() => runner.stop({ deadlineMs: 5_000 }));

  it.each([
    { status: 204, code: 'ok', outcome: 'delivered', missing: {} },
    { status: 500, code: 'http_5xx', outcome: null, missing: { 'discarded/by_job': 1 } },
  ])('has the answer $status in its log behind its end, and no next request', async (given) => {
    const tenant = `tnt_discard_${given.status}`;
    const path = `/${tenant}`;
    const { endpointId } = await world.createEndpoint({ path, tenantId: tenant });
    const answer = holdAnswers(path);
    const record = oneMessage(tenant);

    await world.fanOut([record]);
    await world.until('it is under way', () => arrivedAt(path).length === 1);
    await ended(await ask(tenant, { kind: 'discard', endpointId }), tenant);
    answer(given.status);
    await world.until('the answer is written', async () => (await attempts(record, tenant)).length === 2);
    const toRecover = await ended(await ask(tenant, { kind: 'recover', endpointId, isDryRun: true }), tenant);

    expect(await attempts(record, tenant)).toEqual([
      { no: 0, code: 'by_job', outcome: 'discarded' },
      { no: 1, code: given.code, outcome: given.outcome },
    ]);
    expect(toRecover.chosen).toEqual(given.missing);
    expect(await tasksOf(endpointId)).toBe(0);
    expect(arrivedAt(path)).toHaveLength(1);
  });

  it('by a job that is cancelled has the answer in its log, as what the job sent', async () => {
    const tenant = 'tnt_cancel';
    const path = '/cancel';
    const { endpointId } = await world.createEndpoint({ path, tenantId: tenant });
    const records = world.payments(10, tenant);
    await world.fanOut(records);
    await world.until('all are delivered', async () => (await attemptsOf(endpointId)) === records.length);
    const answer = holdAnswers(path);

    // One a second: it is not through with them when it is cancelled.
    const id = await ask(tenant, { kind: 'resend', endpointId, rate: 1 });
    await world.until('one is under way again', () => arrivedAt(path).length > records.length);
    await world.operator.transaction([tenant], (tx) =>
      changeJob(tx, { id, change: { wanted: 'cancel' }, actor: 'tester' }),
    );
    const { counts } = await ended(id, tenant);
    answer(204);
    await world.until('every answer is written', async () => (await attemptsOf(endpointId)) === arrivedAt(path).length);

    expect(counts).toMatchObject({ delivered: 0 });
    expect(counts.returned).toBeGreaterThan(0);
    expect((await ended(id, tenant)).counts).toMatchObject({ delivered: arrivedAt(path).length - records.length });
    expect(await tasksOf(endpointId)).toBe(0);
  });
});

describe('a message that is taken away while it is being read', () => {
  it('is not sent', async () => {
    const tenant = 'tnt_read';
    const { endpointId } = await world.createEndpoint({ path: '/read', tenantId: tenant });
    const [taken, left] = [oneMessage(tenant), oneMessage(tenant)];
    await world.fanOut([taken]);

    await world.test.open({ connectionString: world.test.adminUrl }).transaction([], async (tx) => {
      // Whoever reads finds the task, and waits for its message.
      await tx.query('LOCK TABLE delivery.message IN ACCESS EXCLUSIVE MODE');
      const sender = world.startDispatcher();
      await world.until('somebody reads it', async () => (await waitingForMessages()) > 0);
      await world.test.admin('DELETE FROM delivery.task WHERE endpoint_id = $1::uuid', [endpointUuid(endpointId)]);
      sender.letGoOf(endpointId);
    });
    await world.fanOut([left]);
    await world.until('the next one has arrived', () => arrivedAt('/read').includes(left.metadata.eventId));

    expect(arrivedAt('/read')).toEqual([left.metadata.eventId]);
  });
});

async function waitingForMessages(): Promise<number> {
  return await countOf(
    `SELECT count(*)::integer AS n FROM pg_locks WHERE NOT granted AND relation = 'delivery.message'::regclass`,
  );
}

/** Those that were answered. */
async function attemptsOf(endpointId: EndpointId): Promise<number> {
  return await countOf('SELECT count(*)::integer AS n FROM delivery.attempt WHERE endpoint_id = $1::uuid AND no > 0', [
    endpointUuid(endpointId),
  ]);
}

async function tasksOf(endpointId: EndpointId): Promise<number> {
  return await countOf('SELECT count(*)::integer AS n FROM delivery.task WHERE endpoint_id = $1::uuid', [
    endpointUuid(endpointId),
  ]);
}

async function countOf(sql: string, values: readonly unknown[] = []): Promise<number> {
  const [row] = await world.test.admin<{ readonly n: number }>(sql, values);
  return row?.n ?? 0;
}
