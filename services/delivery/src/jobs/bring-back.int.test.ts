import { systemClock } from '@trunkline/core';
import {
  type AskForJob,
  askForJob,
  changeSettings,
  deleteEndpoint,
  type DeliveryJob,
  disableEndpoint,
  enableEndpoint,
  type EndpointId,
  type JobId,
  type JobKind,
  listUndelivered,
  readJob,
} from '@trunkline/delivery';
import type { JobRunner } from '@trunkline/postgres';
import { createLogger } from '@trunkline/runtime';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';

import { type DeliveryWorld, openDeliveryWorld } from '../testing/delivery-world.ts';
import { createDeliveryJobRunner } from './runner.ts';

const tenantId = 'tnt_a';
/** Two hundred for each time of the story. */
const each = 200;

let world: DeliveryWorld;
const runners: JobRunner[] = [];
beforeAll(async () => {
  world = await openDeliveryWorld(inject('stack').postgresAdminUrl);
  world.startDispatcher();
});
afterEach(async () => {
  await Promise.all(runners.splice(0).map((runner) => runner.stop({ deadlineMs: 5_000 })));
});
afterAll(() => world.close());

function startRunner(): void {
  const runner = createDeliveryJobRunner({
    database: world.database,
    owner: 'test',
    leaseMs: 10_000,
    log: createLogger({ name: 'test', version: '0', instance: 'jobs', level: 'fatal', sharesOutput: true }),
  });
  runners.push(runner);
  runner.start();
}

async function publish(): Promise<readonly string[]> {
  const records = world.payments(each);
  await world.fanOut(records);
  await world.until('nothing waits', async () => (await waiting()) === 0);
  return records.map(({ metadata }) => metadata.eventId).toSorted();
}

async function waiting(): Promise<number> {
  const [row] = await world.test.admin<{ n: number }>('SELECT count(*)::integer AS n FROM delivery.task');
  return row?.n ?? 0;
}

async function run(kind: JobKind, endpointId: EndpointId): Promise<DeliveryJob> {
  const id = await ask({ kind, endpointId, sinceMs: 1, rate: 5_000, actor: 'tester' }, tenantId);
  return await untilJob(id, tenantId, { what: 'the job is over', is: ({ state }) => state === 'ended' });
}

async function ask(asked: AskForJob, tenant: string): Promise<JobId> {
  const made = await world.operator.transaction([tenant], (tx) => askForJob(tx, asked, { clock: systemClock }));
  if (made === undefined) throw new Error('no endpoint');
  return made.id;
}

async function untilJob(
  id: JobId,
  tenant: string,
  { what, is }: { readonly what: string; readonly is: (job: DeliveryJob) => boolean },
): Promise<DeliveryJob> {
  let last: DeliveryJob | undefined;
  await world.until(what, async () => {
    last = await world.operator.transaction([tenant], (tx) => readJob(tx, id));
    return last !== undefined && is(last);
  });
  if (last === undefined) throw new Error('no job');
  return last;
}

/** What a job brought to a path, by its header. */
function broughtBy({ id }: DeliveryJob): readonly string[] {
  return world.received
    .filter(({ headers }) => headers['trunkline-resend'] === id)
    .map(({ headers }) => headers['webhook-id'] ?? '')
    .toSorted();
}

describe('a job whose endpoint is, meanwhile,', () => {
  async function asked(tenant: string): Promise<{ readonly endpointId: EndpointId; readonly id: JobId }> {
    const { endpointId } = await world.createEndpoint({ path: `/${tenant}`, tenantId: tenant });
    return { endpointId, id: await ask({ kind: 'resend', endpointId, sinceMs: 1, actor: 'tester' }, tenant) };
  }

  it('disabled is held until it is enabled', async () => {
    const { endpointId, id } = await asked('tnt_held');
    await disableEndpoint(world.operator, { endpointId, actor: 'tester', reason: 'test' });
    startRunner();

    const held = await untilJob(id, 'tnt_held', { what: 'it is held', is: ({ state }) => state === 'held' });
    await enableEndpoint(world.operator, { endpointId, actor: 'tester' });
    const over = await untilJob(id, 'tnt_held', { what: 'it is over', is: ({ state }) => state === 'ended' });

    expect(held.reason).toBe(`${endpointId} is disabled: enable it and the job goes on, or cancel the job`);
    expect(over).toMatchObject({ ending: 'done', reason: undefined });
  });

  it('deleted is over', async () => {
    const { endpointId, id } = await asked('tnt_deleted');
    await deleteEndpoint(world.operator, { endpointId, actor: 'tester' });
    startRunner();

    const over = await untilJob(id, 'tnt_deleted', { what: 'it is over', is: ({ state }) => state === 'ended' });

    expect(over).toMatchObject({ ending: 'endpoint_deleted' });
  });
});

describe('what a filter did not let through', () => {
  it('is replayed as soon as the filter does, and not before', async () => {
    const tenant = 'tnt_filtered';
    const { endpointId } = await world.createEndpoint({
      path: '/filtered',
      tenantId: tenant,
      types: ['payments.payment.*'],
      filter: 'data.amount > 5000',
    });
    const records = world.payments(3, tenant);
    await world.fanOut(records);
    startRunner();
    const replay = async () => {
      const id = await ask({ kind: 'replay-missing', endpointId, sinceMs: 1, actor: 'tester' }, tenant);
      return await untilJob(id, tenant, { what: 'it is over', is: ({ state }) => state === 'ended' });
    };

    const before = await replay();
    await world.operator.transaction([tenant], (tx) =>
      changeSettings(tx, { endpointId, actor: 'tester', filter: 'data.amount > 1000' }),
    );
    const after = await replay();

    expect(before).toMatchObject({ chosen: {}, leftAlone: { unwanted: 3 } });
    expect(after).toMatchObject({ chosen: { 'untold/filter': 3 }, counts: { delivered: 3 } });
  });
});

describe('of a thousand events, to endpoints that were disabled, wanted others, failed or were made later', () => {
  it('jobs bring back exactly what each missed, once', async () => {
    const { endpointId: disabled } = await world.createEndpoint({ path: '/disabled' });
    const { endpointId: other } = await world.createEndpoint({ path: '/other', types: ['crm.*'] });
    const { endpointId: failing } = await world.createEndpoint({ path: '/failing', schedule: '0' });
    const first = await publish();
    await disableEndpoint(world.operator, { endpointId: disabled, actor: 'tester', reason: 'test' });
    const whileDisabled = await publish();
    await enableEndpoint(world.operator, { endpointId: disabled, actor: 'tester' });
    world.answers.set('/failing', (_, response) => response.writeHead(422).end());
    const whileFailing = await publish();
    world.answers.delete('/failing');
    const { endpointId: later } = await world.createEndpoint({ path: '/later' });
    const whileOther = await publish();
    await world.operator.transaction([tenantId], (tx) =>
      changeSettings(tx, { endpointId: other, actor: 'tester', types: ['payments.*'] }),
    );
    await publish();

    startRunner();
    const recovered = await run('recover', disabled);
    const mended = await run('recover', failing);
    const replayed = await run('replay-missing', other);
    const backfilled = await run('backfill', later);
    const again = await run('replay-missing', disabled);

    expect(broughtBy(recovered)).toEqual(whileDisabled);
    expect(recovered.chosen).toEqual({ 'skipped/disabled': each });
    expect(broughtBy(mended)).toEqual(whileFailing);
    expect(mended.chosen).toEqual({ 'exhausted/http_422': each });
    expect(broughtBy(replayed)).toEqual([...first, ...whileDisabled, ...whileFailing, ...whileOther].toSorted());
    expect(replayed.chosen).toEqual({ 'untold/type': 4 * each });
    expect(broughtBy(backfilled)).toEqual([...first, ...whileDisabled, ...whileFailing].toSorted());
    expect(backfilled.chosen).toEqual({ 'untold/no_endpoint': 3 * each });
    expect(again.counts.total).toBe(0);
    expect(await listUndelivered(world.operator, { tenant: tenantId, sinceMs: 0, limit: 10 })).toEqual([]);
  }, 300_000);
});
