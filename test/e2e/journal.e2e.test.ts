import { type ServiceProcess, startService, until } from '@trunkline/installation';
import type { Answer } from '@trunkline/testkit';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { type CommandResult, trunkline } from './cli.ts';
import { inboxRows } from './facts.ts';
import { refuseRow } from './refusing-row.ts';
import { paymentId } from './stripe.ts';
import { type E2eWorld, startWorld } from './world.ts';

let world: E2eWorld;
let journal: ServiceProcess;
let applied: Answer;
let dead: Answer;

beforeAll(async () => {
  world = await startWorld(inject('stack'));
  journal = await startJournal();
  await refuseRow(world, { entityId: paymentId('dead'), sqlState: '23514' });
  applied = await world.deliver({ fixture: 'payment_intent.succeeded', payment: 'fine' });
  dead = await world.deliver({ fixture: 'payment_intent.succeeded', payment: 'dead' });
  await fetch(`${world.ingressUrl}/hooks/src_stripe`, { method: 'POST', body: '{}' });
  await until('both are done with', async () => (await states()).join() === 'applied,dead', { everyMs: 250 });
});
afterAll(async () => {
  await journal?.stop();
  await world?.close();
});

async function startJournal(): Promise<ServiceProcess> {
  const env = { TRUNKLINE_ACCOUNT_EVERY_MS: '500', TRUNKLINE_ACCOUNT_DELAY_MS: '0' };
  const started = await startService(world.installation, { name: 'journal', env });
  await started.ready();
  return started;
}

async function search(words: readonly string[]): Promise<CommandResult> {
  return await trunkline(world, ['events', 'search', ...words]);
}

interface Found {
  readonly events: readonly {
    readonly eventId: string;
    readonly groups: readonly { readonly group: string; readonly outcome: string }[];
  }[];
}

/** The outcomes in the group payments, sorted. */
async function states(): Promise<readonly string[]> {
  const { events = [] } = (await search([])).json as Partial<Found>;
  return events
    .flatMap(({ groups }) => groups.filter(({ group }) => group === 'payments').map(({ outcome }) => outcome))
    .toSorted();
}

const idsOf = ({ json }: CommandResult): readonly string[] => (json as Found).events.map(({ eventId }) => eventId);
const eventOf = ({ eventIds }: Answer): string => eventIds[0] ?? 'none';

describe('the journal of a running installation', () => {
  it('finds an event by words and by what became of it', async () => {
    const words = [paymentId('fine').toUpperCase(), '--tenant', 'tnt_e2e', '--source', 'src_stripe'];

    expect(idsOf(await search(words))).toEqual([eventOf(applied)]);
    expect(idsOf(await search(['--state', 'dead']))).toEqual([eventOf(dead)]);
    expect(idsOf(await search(['--where', `metadata.entityId=${paymentId('fine')}`]))).toEqual([eventOf(applied)]);
  });

  it('shows an event by any id without reading a topic, and its failed runs', async () => {
    const shown = await trunkline(world, ['events', 'show', eventOf(dead)]);
    const { record, copies } = shown.json as {
      readonly record: {
        readonly place: { readonly topic: string; readonly partition: number; readonly offset: string };
      };
      readonly copies: readonly unknown[];
    };
    const { topic, partition, offset } = record.place;
    const byPlace = await trunkline(world, ['events', 'show', `${topic}/${partition}/${offset}`]);
    const byTrace = await trunkline(world, [
      'events',
      'show',
      (shown.json as { traceIds: string[] }).traceIds[0] ?? '',
    ]);

    expect(copies).toEqual([
      expect.objectContaining({ group: 'payments', failureKind: 'permanent', code: 'constraint_violated' }),
    ]);
    expect([byPlace, byTrace].map(({ json }) => (json as { eventId: string }).eventId)).toEqual([
      eventOf(dead),
      eventOf(dead),
    ]);
  });

  it('sums up the last hours on its operators’ port and for the command line alike, in ids and codes', async () => {
    const answer = await fetch(`${journal.operatorUrl}/debug/webhooks?source=src_stripe&hours=1`);
    const told = await trunkline(world, ['debug', '--source', 'src_stripe', '--hours', '1']);

    const summary = (await answer.json()) as { readonly logs: readonly { readonly what: string }[] };
    expect(summary).toMatchObject({
      metrics: {
        deliveries: { normalised: 2 },
        events: { 'payments.payment.succeeded': 2 },
        rejections: { 'missing_header/signature_missing': 1 },
        deadLetters: { 'payments/constraint_violated': 1 },
      },
      summary: {
        totalEvents: 3,
        successRate: expect.closeTo(1 / 3),
        commonErrors: expect.arrayContaining([{ where: 'payments', code: 'constraint_violated', count: 1 }]),
      },
    });
    expect(summary.logs.map(({ what }) => what).toSorted((a, b) => a.localeCompare(b))).toEqual([
      'dead',
      'event',
      'event',
      'rejection',
    ]);
    expect(told.json).toMatchObject({ ...summary, logs: summary.logs.map(() => expect.anything()) });
    expect((await fetch(`${journal.operatorUrl}/debug/webhooks?hours=1000`)).status).toBe(400);
  });

  it('keeps what somebody decided about the cause of a dead letter beside its count', async () => {
    const stats = async () =>
      (await trunkline(world, ['dlq', 'stats', 'payments'])).json as {
        readonly buckets: readonly { readonly cause: string; readonly state: string }[];
      };
    const { cause = '', state } = (await stats()).buckets[0] ?? {};

    await trunkline(world, ['dlq', 'cause', 'payments', cause, 'muted', '--reason', 'a test']);

    expect([state, (await stats()).buckets[0]]).toMatchObject(['open', { cause, state: 'muted' }]);
  });

  it('counts an event that a group has passed and that is nowhere, and none while all is well', async () => {
    const unaccounted = async (): Promise<string | undefined> => {
      const page = await (await fetch(`${journal.operatorUrl}/metrics`)).text();
      return /^events_unaccounted\S* (\d+)/m.exec(page)?.[1];
    };
    const before = await unaccounted();

    await world.database.statement('DELETE FROM payments.inbox WHERE event_id = $1::uuid', [eventOf(applied).slice(4)]);

    expect(before).toBe('0');
    await until('it is counted', async () => (await unaccounted()) === '1', { everyMs: 250 });
  });

  it('tells what is not there', async () => {
    const shown = await trunkline(world, ['events', 'show', 'evt_unheard_of']);

    expect(shown).toMatchObject({ json: { error: { code: 'not_found' } } });
    expect((await inboxRows(world, [eventOf(dead)])).length).toBe(0);
  });

  it('is made anew from the topics once it was emptied, which is refused while it runs', async () => {
    const { postgresAdminUrl } = world.installation.endpoints;
    const words = ['journal', 'rebuild', '--reason', 'a test', '--postgres-admin-url', postgresAdminUrl];

    const refused = await trunkline(world, words);
    await journal.stop();
    const rebuilt = await trunkline(world, words);
    const emptied = await search([]);
    journal = await startJournal();

    expect([refused, emptied].map(({ json }) => json)).toEqual([
      { error: expect.objectContaining({ code: 'config_invalid' }) },
      { error: expect.objectContaining({ code: 'config_invalid' }) },
    ]);
    expect(rebuilt.exitCode).toBe(0);
    await until('both events are found again', async () => (await states()).length === 2, { everyMs: 250 });
  });
});
