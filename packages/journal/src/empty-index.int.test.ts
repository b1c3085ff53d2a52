import { deliveryIdOfUuid, isEventId } from '@trunkline/core';
import { type Database, leaseLost } from '@trunkline/postgres';
import { createTestService, type TestDatabase, type TestService } from '@trunkline/postgres/testing';
import { afterAll, beforeAll, beforeEach, expect, inject, it } from 'vitest';

import { emptyIndex } from './empty-index.ts';
import { askForRedrive } from './jobs/ask.ts';
import { askForReplay } from './replays/ask.ts';
import { claimReplay, moveReplay, withReplay } from './replays/leased-replay.ts';
import {
  type DeliveryToPlan,
  markReplayed,
  nextDeliveries,
  planReplay,
  readReplayCanary,
  type ReplayCanary,
} from './replays/planned-deliveries.ts';
import { createLettersDatabase, deadStep, openAsOwner, payments } from './testing/index.ts';
import { createJournalWriter } from './write/writer.ts';

let service: TestService;
let test: TestDatabase;
let runner: Database;
let owner: Database;
const { signal } = new AbortController();

beforeAll(async () => {
  service = await createTestService('payments', {});
  test = await createLettersDatabase(inject('stack').postgresAdminUrl, service);
  runner = test.open({ schema: 'journal' });
  owner = openAsOwner(test);
});
afterAll(async () => {
  await owner.close({ deadlineMs: 5_000 });
  await test.drop();
  await service.remove();
});
beforeEach(async () => {
  await test.empty('journal.position', 'journal.letter', 'journal.job', 'journal.job_letter');
});

// Behind whatever is asked for here.
const dead = deadStep({ offset: 0n, diedAtMs: Date.now() + 60_000 });
const bury = () => createJournalWriter(runner, Date.now).write([dead]);
const empty = () =>
  emptyIndex(owner, { actor: 'ada', reason: 'rows were deleted', forgetGroups: () => Promise.resolve() });

function plannedDelivery(digit: string): DeliveryToPlan {
  const id = deliveryIdOfUuid(`00000000-0000-5000-8000-${digit.repeat(12)}`);
  return { id, partition: 0, offset: BigInt(digit), bytes: 1_000, verdict: 'unnormalised', eventIds: [] };
}

it('an index stays as it is while letters of it are being sent back', async () => {
  await bury();
  const options = { canary: true, force: false };
  await askForRedrive(runner, { group: 'payments', filter: {}, options, rate: 50, note: '', actor: 'ada' });

  await expect(empty()).rejects.toThrow(/is not over/);

  expect(await test.admin('SELECT count(*)::int AS n FROM journal.letter')).toEqual([{ n: 1 }]);
});

it('a replay under way keeps its plan when the index is emptied, and its canary knows of failures when they are indexed again', async () => {
  const { recordId } = dead;
  if (recordId === undefined || !isEventId(recordId)) throw new Error('the sample is of an event');
  const [first, second] = [plannedDelivery('1'), plannedDelivery('2')];
  const range = { sinceMs: Date.now() - 60_000, untilMs: Date.now(), verdicts: ['unnormalised'] };
  const how = { correction: 0, all: false, canary: true, rate: 50, note: 'mended', actor: 'ada' };
  await askForReplay(runner, { tenant: dead.tenantId, source: 'src_stripe', ...range, ...how });
  const lease = await claimReplay(runner, { owner: 'one' });
  if (lease === undefined) throw new Error('there is no replay to take');
  const event = { id: recordId, type: 'payments.payment.succeeded' };
  await withReplay(runner, lease, async (tx, replay) => {
    await planReplay(tx, replay, [first, second]);
    await moveReplay(tx, replay, { state: 'canary' });
    await markReplayed(tx, { ...replay, state: 'canary' }, [{ id: first.id, events: [event] }]);
  });
  const canary = async (): Promise<ReplayCanary> => {
    const group = { ...payments, types: [event.type] };
    const found = await withReplay(runner, lease, (tx, replay) => readReplayCanary(tx, replay, group));
    if (found === leaseLost) throw new Error('the replay is lost');
    return found;
  };
  await bury();
  expect(await canary()).toEqual({ events: 1, done: 0, dead: 1, retrying: 0 });

  await empty();

  // Nothing is taken for good meanwhile: an event without an outcome is waited for.
  expect(await canary()).toEqual({ events: 1, done: 0, dead: 0, retrying: 0 });
  await bury();
  expect(await canary()).toEqual({ events: 1, done: 0, dead: 1, retrying: 0 });
  const left = await nextDeliveries(runner, { uuid: lease.id, afterPlace: 0, limit: 10, maxBytes: 1e9, signal });
  expect(left).toMatchObject([{ id: second.id, offset: 2n }]);
});
