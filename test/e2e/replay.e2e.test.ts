import { createEventCodec } from '@trunkline/events';
import { type ServiceProcess, startService, until } from '@trunkline/installation';
import { createPublisher, createSchemaRegistry } from '@trunkline/kafka';
import { archivedPayments, brokenNormalizer } from '@trunkline/operations/testing';
import { providerNamed } from '@trunkline/providers';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { type CommandResult, trunkline } from './cli.ts';
import { inboxRows, recordsOn } from './facts.ts';
import { type E2eWorld, startWorld } from './world.ts';

const sourceId = 'src_stripe';
/** At one a second: two minutes in which the replay is met under way. */
const deliveries = 120;

let world: E2eWorld;
let journal: ServiceProcess;
let eventIds: readonly string[];

beforeAll(async () => {
  world = await startWorld(inject('stack'));
  journal = await startService(world.installation, { name: 'journal' });
  await journal.ready();
  eventIds = await archive();
});
afterAll(async () => {
  await journal?.stop();
  await world?.close();
});

/** What an ingress leaves whose normaliser is broken; returns the ids of the events that the good one makes of it, sorted. */
async function archive(): Promise<readonly string[]> {
  const { endpoints, namespace, secrets } = world.installation;
  const provider = providerNamed('stripe');
  if (provider === undefined) throw new Error('there is no provider stripe');
  const settings = world.settingsOf(sourceId);
  const registry = createSchemaRegistry({ url: endpoints.registryUrl, namespace, timeoutMs: 10_000 });
  const { records, good } = archivedPayments(
    { provider, settings, sourceId, tenantId: settings.tenantId },
    {
      codec: await createEventCodec({
        registry,
        topics: ['ingress.delivery.v1', 'integration.event.v1', 'payments.payment.v1'],
      }),
      installationKey: Buffer.from(secrets['TRUNKLINE_INSTALLATION_KEY'] ?? '', 'hex'),
      normalize: brokenNormalizer,
      count: deliveries,
      label: 'archived',
    },
  );
  const publisher = await createPublisher(world.kafka);
  try {
    await publisher.publish(records, { deadlineMs: 30_000 });
  } finally {
    await publisher.close({ deadlineMs: 5_000 });
  }
  return good.map(({ eventId }) => eventId).toSorted();
}

/** Without a canary, which waits for the outcomes of groups that do not run here. */
const replay = (...words: string[]): Promise<CommandResult> =>
  trunkline(world, ['replay', '--source', sourceId, '--since', '1h', '--reason', 'a test', '--no-canary', ...words], {
    TRUNKLINE_SOURCES: world.installation.sourcesFile,
    ...world.installation.secrets,
  });

const jobs = (...words: string[]): Promise<CommandResult> => trunkline(world, ['jobs', ...words]);

/** The id of the replay that is under way, as soon as it is planned. */
async function planned(): Promise<string> {
  type Listed = { readonly jobs: readonly { readonly id: string; readonly counts: { readonly planned: number } }[] };
  return await until(
    'a replay is planned',
    async () => ((await jobs('list')).json as Listed).jobs.find(({ counts }) => counts.planned > 0)?.id,
  );
}

/** Ids on the topic of payments, as often as each stands there. */
async function published(): Promise<readonly string[]> {
  return (await recordsOn(world, 'payments.payment.v1')).map(({ headers }) => headers['ce_id'] ?? '').toSorted();
}

describe('a replay by the command line', () => {
  it('is paused, paced and resumed by others while one follows it, and each event is applied once', async () => {
    // Slow enough to be met under way.
    const following = replay('--rate', '1/s');
    const id = await planned();
    const paused = await jobs('pause', id);
    const shown = await jobs('show', id);
    await jobs('rate', id, '1000/s');
    const resumed = await jobs('resume', id);
    const followed = await following;

    expect([paused, shown, resumed].map(({ json }) => json)).toEqual([
      { job: expect.objectContaining({ id, wanted: 'pause' }), reasons: [] },
      { job: expect.objectContaining({ wanted: 'pause' }), reasons: [] },
      { job: expect.objectContaining({ wanted: 'run', rate: 1_000 }), reasons: [] },
    ]);
    expect(followed).toMatchObject({
      exitCode: 0,
      json: { job: { id, ending: 'done', counts: { planned: deliveries, published: deliveries, events: deliveries } } },
    });
    expect(await published()).toEqual(eventIds);
    await until('all are applied', async () => (await inboxRows(world, eventIds)).length === deliveries);
  });

  it('publishes nothing the second time, and says why of each delivery', async () => {
    const again = await replay('--verdict', 'normalised,unnormalised');

    expect(again).toMatchObject({
      exitCode: 0,
      json: {
        job: { ending: 'done', counts: { planned: deliveries, published: 0, skipped: deliveries, events: 0 } },
        reasons: [{ state: 'skipped', reason: 'nothing_new', deliveries }],
      },
    });
    expect(await published()).toEqual(eventIds);
  });

  it('is found among the jobs with its end, and cannot be resumed any more', async () => {
    const { json } = await jobs('list');
    const [{ id = '' } = {}] = (json as { readonly jobs: readonly { readonly id?: string }[] }).jobs;
    const resumed = await jobs('resume', id);

    expect(json).toMatchObject({ jobs: [{ ending: 'done' }, { ending: 'done' }] });
    expect(resumed.json).toMatchObject({ error: { code: 'config_invalid' } });
  });
});
