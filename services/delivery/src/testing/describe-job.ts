import { armFailpoints, isEventId, systemClock } from '@trunkline/core';
import {
  askForJob,
  changeJob,
  changeSettings,
  type DeliveryJob,
  disableEndpoint,
  enableEndpoint,
  type EndpointId,
  endpointUuid,
  type JobId,
  type JobKind,
  jobUuid,
  readJob,
} from '@trunkline/delivery';
import type { RecordOf } from '@trunkline/events';
import type { JobRunner } from '@trunkline/postgres';
import { createLogger } from '@trunkline/runtime';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { createDeliveryJobRunner } from '../jobs/runner.ts';
import { type DeliveryWorld, openDeliveryWorld } from './delivery-world.ts';

/** How a message stands at the endpoint before the job; `earlier`: accepted before the endpoint was made. */
export const standings = [
  'earlier',
  'untold',
  'skipped',
  'waiting',
  'delivered',
  'exhausted',
  'expired',
  'discarded',
] as const;
export type Standing = (typeof standings)[number];

const each = 3;
let tenants = 0;

/** What holds for every kind of job: of an endpoint with messages in every standing it is about these and no others. */
export function describeJob(kind: JobKind, isAbout: readonly Standing[]): void {
  describe(`a job that is to ${kind}`, () => {
    let world: DeliveryWorld;
    let staged: Staged;
    const runners: JobRunner[] = [];
    beforeAll(async () => {
      world = await openDeliveryWorld(inject('stack').postgresAdminUrl);
    });
    afterAll(() => world.close());
    beforeEach(async () => {
      staged = await stage(world, `tnt_job${(tenants += 1)}`);
    });
    afterEach(async () => {
      armFailpoints('');
      await Promise.all(runners.splice(0).map((runner) => runner.stop({ deadlineMs: 5_000 })));
    });

    const expected = (): readonly string[] => isAbout.flatMap((standing) => staged.events[standing]).toSorted();

    function startRunner(): JobRunner {
      const runner = createDeliveryJobRunner({
        database: world.database,
        owner: `test-${runners.length}`,
        leaseMs: 10_000,
        log: createLogger({ name: 'test', version: '0', instance: 'jobs', level: 'fatal', sharesOutput: true }),
      });
      runners.push(runner);
      runner.start();
      return runner;
    }

    async function ask(given: { readonly isDryRun?: boolean; readonly rate?: number } = {}): Promise<JobId> {
      const asked = { kind, endpointId: staged.endpointId, sinceMs: 1, actor: 'tester', rate: 1_000, ...given };
      const job = await world.operator.transaction([staged.tenantId], (tx) =>
        askForJob(tx, asked, { clock: systemClock }),
      );
      if (job === undefined) throw new Error('no endpoint');
      return job.id;
    }

    function read(id: JobId, tenant = staged.tenantId): Promise<DeliveryJob | undefined> {
      return world.operator.transaction([tenant], (tx) => readJob(tx, id));
    }

    async function untilJob(what: string, id: JobId, is: (job: DeliveryJob) => boolean): Promise<DeliveryJob> {
      let last: DeliveryJob | undefined;
      await world.until(what, async () => {
        last = await read(id);
        return last !== undefined && is(last);
      });
      if (last === undefined) throw new Error('no job');
      return last;
    }

    /** The events that something was done with: tasks of the job, or what it discarded. */
    async function doneBy(id: JobId): Promise<readonly string[]> {
      const rows = await world.test.admin<{ event: string }>(
        `SELECT 'evt_' || replace(event_id::text, '-', '') AS event FROM delivery.task WHERE job_id = $1::uuid
         UNION ALL SELECT 'evt_' || replace(event_id::text, '-', '') FROM delivery.attempt WHERE job_id = $1::uuid`,
        [jobUuid(id)],
      );
      return rows.map(({ event }) => event).toSorted();
    }

    const isMade = ({ state }: DeliveryJob): boolean => state === 'awaiting' || state === 'ended';

    it('counts in a dry run what it then does, and does nothing in it', async () => {
      startRunner();

      const dry = await untilJob('it is counted', await ask({ isDryRun: true }), isMade);
      const before = await doneBy(dry.id);
      const run = await untilJob('it is done', await ask(), isMade);

      expect(before).toEqual([]);
      expect(await doneBy(run.id)).toEqual(expected());
      expect(dry).toMatchObject({ ending: 'counted', counts: { total: expected().length, done: 0 } });
      expect(run).toMatchObject({ chosen: dry.chosen, leftAlone: dry.leftAlone, counts: { done: expected().length } });
      expect(Object.values({ ...dry.chosen, ...dry.leftAlone }).reduce((sum, count) => sum + count, 0)).toBe(
        standings.length * each,
      );
    });

    it('does each once where it is interrupted in a step, and behind one, and by the end of its process', async () => {
      armFailpoints('delivery.in_job=throw@1; delivery.after_job_step=throw@3');
      const id = await ask({ rate: 10 });

      const first = startRunner();
      await untilJob('it has begun', id, (job) => job.counts.done > 0);
      await first.stop({ deadlineMs: 5_000 });
      startRunner();
      const job = await untilJob('it is done', id, isMade);

      expect(await doneBy(id)).toEqual(expected());
      expect(job.counts.done).toBe(expected().length);
    });

    it('does nothing while it is paused, and nothing more when it is cancelled: all is as it was', async () => {
      const before = await standing(world, staged);
      const id = await ask();
      const change = (wanted: 'pause' | 'cancel') =>
        world.operator.transaction([staged.tenantId], (tx) =>
          changeJob(tx, { id, change: { wanted }, actor: 'tester' }),
        );

      await change('pause');
      startRunner();
      const counted = await untilJob('it is counted', id, ({ state }) => state === 'running');
      await change('cancel');
      const job = await untilJob('it is over', id, ({ state }) => state === 'ended');

      expect(counted.counts).toMatchObject({ total: expected().length, done: 0 });
      expect(job).toMatchObject({ ending: 'cancelled', counts: { done: 0 } });
      expect(await standing(world, staged)).toEqual(before);
      await expect(change('pause')).rejects.toThrow(/is over/);
    });

    it('is seen, changed and asked for by nobody of another tenant', async () => {
      const id = await ask();
      const theirs = ['tnt_other'];

      expect(await read(id, 'tnt_other')).toBeUndefined();
      expect(
        await world.operator.transaction(theirs, (tx) =>
          changeJob(tx, { id, change: { wanted: 'cancel' }, actor: 'them' }),
        ),
      ).toBeUndefined();
      expect(
        await world.operator.transaction(theirs, (tx) =>
          askForJob(tx, { kind, endpointId: staged.endpointId, sinceMs: 1, actor: 'them' }, { clock: systemClock }),
        ),
      ).toBeUndefined();
      expect(await read(id)).toMatchObject({ wanted: 'run' });
    });
  });
}

interface Staged {
  readonly tenantId: string;
  readonly endpointId: EndpointId;
  readonly events: Readonly<Record<Standing, readonly string[]>>;
}

/** Some messages in every standing at an endpoint that wants all of them now. */
async function stage(world: DeliveryWorld, tenantId: string): Promise<Staged> {
  const events = new Map<Standing, readonly string[]>();
  const fanOut = async (as: Standing): Promise<readonly string[]> => {
    const records = world.payments(each, tenantId);
    await world.fanOut(records);
    const ids = records.map(eventIdOf);
    events.set(as, ids);
    return ids;
  };
  // Without an endpoint of the tenant there would be no message.
  await world.createEndpoint({ path: '/other', tenantId, types: ['crm.*'] });
  await fanOut('earlier');
  const { endpointId } = await world.createEndpoint({ path: '/staged', tenantId, types: ['crm.*'] });
  await fanOut('untold');
  await world.operator.transaction([tenantId], (tx) =>
    changeSettings(tx, { endpointId, actor: 'tester', types: ['payments.*'] }),
  );
  await disableEndpoint(world.operator, { endpointId, actor: 'tester', reason: 'test' });
  await fanOut('skipped');
  await enableEndpoint(world.operator, { endpointId, actor: 'tester' });
  await fanOut('waiting');
  for (const outcome of ['delivered', 'exhausted', 'expired', 'discarded'] as const)
    await endAs(world, { endpointId, outcome, events: await fanOut(outcome) });
  // The loop over standings is closed above.
  return { tenantId, endpointId, events: Object.fromEntries(events) as Record<Standing, readonly string[]> };
}

/** As the dispatcher writes it. */
async function endAs(
  world: DeliveryWorld,
  {
    endpointId,
    outcome,
    events,
  }: { readonly endpointId: EndpointId; readonly outcome: string; readonly events: readonly string[] },
): Promise<void> {
  await world.test.admin(
    `WITH gone AS (DELETE FROM delivery.task WHERE endpoint_id = $1::uuid AND event_id = ANY ($2::uuid[]) RETURNING *)
     INSERT INTO delivery.attempt (at, event_id, endpoint_id, no, tenant_id, type, message_at, code, took_ms, outcome, cause)
     SELECT now(), event_id, endpoint_id, 1, tenant_id, 'payments.payment.succeeded', message_at,
       CASE WHEN $3 = 'delivered' THEN 'ok' ELSE 'http_5xx' END, 1, $3, 'event' FROM gone`,
    [endpointUuid(endpointId), events.map((event) => event.slice('evt_'.length)), outcome],
  );
}

/** Every task and every end at the endpoint. */
async function standing(world: DeliveryWorld, { endpointId }: Staged): Promise<readonly object[]> {
  return await world.test.admin(
    `SELECT event_id, 'waits' AS how FROM delivery.task WHERE endpoint_id = $1::uuid
     UNION ALL SELECT event_id, outcome FROM delivery.attempt WHERE endpoint_id = $1::uuid ORDER BY 1, 2`,
    [endpointUuid(endpointId)],
  );
}

function eventIdOf({ metadata: { eventId } }: RecordOf<'payments.payment.v1'>): string {
  if (!isEventId(eventId)) throw new Error('no event id');
  return eventId;
}
