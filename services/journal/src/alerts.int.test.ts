import { lookForAlerts } from '@trunkline/consumer/testing';
import { isRequestId, type RequestId } from '@trunkline/core';
import { causeId } from '@trunkline/events';
import { askForRedrive, createJournalWriter, decideCause, type StepRow } from '@trunkline/journal';
import { deadStep, journalMigrations, markApplied } from '@trunkline/journal/testing';
import type { Database } from '@trunkline/postgres';
import {
  createTestDatabase,
  createTestService,
  type TestDatabase,
  type TestService,
} from '@trunkline/postgres/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { alertsOf } from './alerts.ts';

const hourMs = 3_600_000;
const groups = ['payments', 'notifications'].map((name) => ({ name, schema: name }));
const now = Date.now();

let services: readonly TestService[];
let test: TestDatabase;
let database: Database;
beforeAll(async () => {
  services = await Promise.all(groups.map(({ name }) => createTestService(name, {})));
  test = await createTestDatabase({
    adminUrl: inject('stack').postgresAdminUrl,
    services: [journalMigrations, ...services],
  });
  database = test.open();
});
beforeEach(() =>
  test.empty(
    'journal.position',
    'journal.letter',
    'journal.request',
    'journal.cause',
    'journal.job',
    'journal.job_letter',
    'journal.alert',
    'journal.outbox',
    'payments.inbox',
  ),
);
afterAll(async () => {
  await test.drop();
  await Promise.all(services.map((service) => service.remove()));
});

const write = (...rows: Parameters<ReturnType<typeof createJournalWriter>['write']>[0]) =>
  createJournalWriter(database, Date.now).write(rows);
const look = () => lookForAlerts(database, alertsOf(groups));
const templates = async () => (await look()).map(({ template }) => template);

describe('operators are told of dead letters', () => {
  it('of a cause once, whoever the letters are of, and not again when they are sent back and die again', async () => {
    const first = deadStep({ offset: 1n, diedAtMs: now - 2 * hourMs });
    await write(first, deadStep({ offset: 2n, tenantId: 'tnt_nobody_knows', diedAtMs: now - 2 * hourMs }));

    const [alert, ...others] = await look();
    await write({ ...first, kind: 'redrive', place: { ...first.place, topic: 'payments.redrive' } });
    const onItsWay = await look();
    await write(again(first, 9n));

    expect(others).toEqual([]);
    expect(alert).toMatchObject({
      template: 'operator_dead_letters',
      subject: expect.stringMatching(/^payments\/cau_[0-9a-f]{32}$/),
      parameters: { group: 'payments', count: 2, reason: 'handler_failed' },
    });
    expect([onItsWay, await look()]).toEqual([[], []]);
  });

  it('again of one that was over, an hour behind its last death at the earliest', async () => {
    const recent = deadStep({ offset: 1n, diedAtMs: now });
    const old = deadStep({ offset: 2n, code: 'upstream_4xx', diedAtMs: now - 2 * hourMs });
    await write(recent, old);
    await look();
    for (const step of [recent, old]) await markApplied(test, step);
    await look();
    await write(
      deadStep({ offset: 3n, diedAtMs: now }),
      deadStep({ offset: 4n, code: 'upstream_4xx', diedAtMs: now - 2 * hourMs }),
    );

    expect((await look()).map(({ parameters }) => parameters['reason'])).toEqual(['upstream_4xx']);
  });

  it('not of a cause that is muted or fixed, and of one that is back', async () => {
    await write(deadStep({ offset: 1n, diedAtMs: now }), deadStep({ offset: 2n, code: 'upstream_4xx', diedAtMs: now }));
    const decide = (code: string, state: 'muted' | 'fixed') =>
      decideCause(test.open({ connectionString: test.urlOf('operator'), schema: 'journal' }), {
        group: 'payments',
        cause: causeId({ code, class: 'TrunklineError', frame: '', constraint: '' }),
        state,
        reason: 'known',
        actor: 'ada',
      });
    await decide('handler_failed', 'muted');
    await decide('upstream_4xx', 'fixed');
    const quiet = await look();
    await write(deadStep({ offset: 3n, code: 'upstream_4xx', diedAtMs: Date.now() + 1_000 }));

    expect(quiet).toEqual([]);
    expect((await look()).map(({ parameters }) => parameters['reason'])).toEqual(['upstream_4xx']);
  });

  it('of a known cause that grows, once', async () => {
    const known = deadStep({ offset: 1n, diedAtMs: now - 2 * hourMs });
    const wave = Array.from({ length: 100 }, (_, place) => deadStep({ offset: BigInt(place + 2), diedAtMs: now }));
    await write(known, ...wave.slice(0, -1));
    const told = await templates();
    await write(...wave.slice(-1));

    expect([told, await templates(), await templates()]).toEqual([
      ['operator_dead_letters'],
      ['operator_dead_letters_grow'],
      [],
    ]);
  });

  it('never of a request that was to tell operators something, and of other requests', async () => {
    const request = (place: number, isAlert: boolean) =>
      ({
        table: 'request',
        place: { topic: 'notifications.request.v1', partition: 0, offset: BigInt(place), appendedAtMs: now },
        requestId: requestIdOf(place),
        causedBy: undefined,
        tenantId: 'tnt_a',
        type: 'notifications.request.send',
        isAlert,
        requestedAtMs: now,
        bytes: 100,
      }) as const;
    const letter = (place: number): StepRow => ({
      ...deadStep({ offset: BigInt(place), group: 'notifications', recordId: requestIdOf(place), diedAtMs: now }),
      letterId: `ltr_${String(place).repeat(32)}`,
    });
    await write(request(1, true), letter(1));
    const ofAlert = await look();
    await write(request(2, false), letter(2));

    expect(ofAlert).toEqual([]);
    expect((await look()).map(({ parameters }) => parameters['group'])).toEqual(['notifications']);
  });

  it('of a job that stopped by itself, and not of one that was cancelled', async () => {
    const options = { canary: true, force: false };
    const asked = { group: 'payments', filter: {}, options, rate: 1, note: 'mended', actor: 'ada' };
    const operator = test.open({ connectionString: test.urlOf('operator'), schema: 'journal' });
    const [stopped, cancelled] = [await askForRedrive(operator, asked), await askForRedrive(operator, asked)];
    const end = (id: string, ending: string) =>
      test.admin(`UPDATE journal.job SET state = 'ended', ending = $2, finished_at = now() WHERE job_id = $1::uuid`, [
        id,
        ending,
      ]);
    await end(stopped, 'canary_failed');
    await end(cancelled, 'cancelled');

    expect(await look()).toEqual([
      {
        template: 'operator_job_stopped',
        subject: stopped,
        parameters: { job: stopped, about: 'payments', ending: 'canary_failed' },
      },
    ]);
  });
});

/** The same letter, which died again. */
function again(step: StepRow, offset: bigint): StepRow {
  return { ...step, redrives: 1, place: { ...step.place, offset, appendedAtMs: Date.now() } };
}

function requestIdOf(place: number): RequestId {
  const id = `req_00000000000050008000${String(place).padStart(12, '0')}`;
  if (!isRequestId(id)) throw new Error('no id of a request');
  return id;
}
