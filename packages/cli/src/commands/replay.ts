import { TrunklineError } from '@trunkline/core';
import { createEventCodec, topics } from '@trunkline/events';
import { groups } from '@trunkline/operations/groups';
import { mostCorrection, readArchive, type ReplayedDelivery, replayDelivery } from '@trunkline/operations/replay';
import { appendAudit } from '@trunkline/postgres';
import type { ConfiguredSource } from '@trunkline/sources';
import type { Command } from 'commander';

import { collectArgument, countArgument, type Moment, momentArgument, momentMs, rateArgument } from '../arguments.ts';
import { requireOneOf } from '../closed-lists.ts';
import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import { actorOf } from '../dead-letters/actor.ts';
import type { ExitName } from '../exit-codes.ts';
import { openKafka, openRegistry } from '../kafka-access.ts';
import { reasonOption } from '../reason.ts';
import { compare, type CompareTools } from '../replay/compare.ts';
import { publishReplay } from '../replay/publish.ts';
import { renderReplay } from '../replay/render.ts';
import { hasReplayJobs, replayAsJob } from '../replay/replay-job.ts';
import { type ReplayOutcome, summaryOf } from '../replay/summary.ts';
import { readSecret } from '../secret-reference.ts';
import { openCatalog } from '../source-access.ts';
import { addExamples } from './examples.ts';

export interface ReplayOptions {
  readonly source: string;
  readonly since: Moment;
  readonly until?: Moment;
  readonly verdict?: readonly string[];
  readonly dryRun?: boolean;
  readonly all?: boolean;
  readonly correct?: number;
  readonly rate: number;
  /** False: `--no-canary`. */
  readonly canary: boolean;
  readonly reason?: string;
}

const verdicts = ['normalised', 'partial', 'unnormalised', 'ignored'];
const defaultVerdicts = ['unnormalised', 'partial'];
/** The inbox knows what it applied for so long; what is older might be applied a second time. */
const oldestMs = 45 * 24 * 3_600_000;

export function define(program: Command, launch: Launch): void {
  const command = program
    .command('replay')
    .description('normalise deliveries of the archive again, with the code of today, and publish what is new')
    .requiredOption('--source <src_…>', 'whose deliveries')
    .requiredOption('--since <moment>', 'received since: 2h, 7d or a time', momentArgument)
    .option('--until <moment>', 'received before; now unless given', momentArgument)
    .option('--verdict <words>', `${verdicts.join(', ')}; ${defaultVerdicts.join(',')} unless given`, collectArgument)
    .option('--dry-run', 'say what would be new, the same, different or gone, and publish nothing')
    .option('--all', 'also events that were published before: fills holes, and doubles nothing')
    .option(
      '--correct <n>',
      'events of a new id that repair what is known, correction n',
      countArgument(1, mostCorrection),
    )
    .option('--rate <n/s>', 'deliveries per second', rateArgument(5_000), 200)
    .option('--no-canary', 'publish all at once, without awaiting what becomes of the first (where there is a journal)')
    .addOption(reasonOption('why; needed to publish'))
    .action((options: ReplayOptions) => launch(run, options));
  addExamples(command, [
    ['trunkline replay --source src_stripe_demo --since 2d --dry-run', 'what a fixed normaliser makes of them'],
    [
      'trunkline replay --source src_stripe_demo --since 2d --reason "normaliser fixed"',
      'publishes what is new, as a job of the journal',
    ],
    [
      'trunkline replay --source src_stripe_demo --since 2d --verdict normalised --correct 1 --reason "…"',
      'repairs state',
    ],
  ]);
}

export async function run(options: ReplayOptions, context: CommandContext): Promise<ExitName> {
  const { output, signal } = context;
  const reason = reasonOf(options);
  const wanted = wantedVerdicts(options);
  const nowMs = context.clock();
  const sinceMs = momentMs(options.since, nowMs);
  if (sinceMs < nowMs - oldestMs)
    throw new TrunklineError('config_invalid', 'inboxes remember 45 days: --since must not be longer ago');
  const source = await sourceOf(options.source, context);
  const untilMs = options.until === undefined ? nowMs : momentMs(options.until, nowMs);
  const correction = options.correct ?? 0;
  // Where deliveries are proven again by a secret, it is we who are told it.
  const isForJournal = source.provider.provenOfArchived === undefined;
  if (options.dryRun !== true && isForJournal && (await hasReplayJobs(context))) {
    const { tenantId: tenant, sourceId } = source;
    const { all = false, canary, rate } = options;
    const asked = { tenant, source: sourceId, sinceMs, untilMs, verdicts: wanted, correction, all, canary, rate };
    return await replayAsJob({ ...asked, note: reason, actor: actorOf(context) }, context);
  }
  const installationKey = Buffer.from(await readSecret('env:TRUNKLINE_INSTALLATION_KEY', context.settings), 'hex');
  const connection = openKafka(context);
  const codec = await createEventCodec({ registry: openRegistry(context), topics });
  const progress = output.progress('reading the archive');
  try {
    const onScanned = (records: number): void => progress.update(records);
    const query = { sourceId: source.sourceId, sinceMs, untilMs, onScanned, signal };
    const archived = await readArchive({ connection, codec }, query);
    const chosen = archived.filter(({ verdict }) => wanted.includes(verdict));
    const deliveries = chosen.map((each) => replayDelivery(each, { source, correction, installationKey }));
    const tools: CompareTools = { connection, codec, progress, signal };
    const compared = options.dryRun === true && deliveries.length > 0 ? await compare(deliveries, tools) : undefined;
    progress.end();
    const published =
      options.dryRun === true ? 0 : await publish({ deliveries, source, reason, connection, codec }, options, context);
    const outcome: ReplayOutcome = {
      source: source.sourceId,
      since: new Date(sinceMs).toISOString(),
      until: new Date(untilMs).toISOString(),
      dryRun: options.dryRun === true,
      correction,
      ...summaryOf({ archived: archived.length, deliveries, compared }),
      published,
    };
    output.result(outcome, () => renderReplay(outcome, output));
    return 'ok';
  } finally {
    progress.end();
  }
}

interface Work {
  readonly deliveries: readonly ReplayedDelivery[];
  readonly source: ConfiguredSource;
  readonly reason: string;
  readonly connection: ReturnType<typeof openKafka>;
  readonly codec: Awaited<ReturnType<typeof createEventCodec>>;
}

/** With an entry in the audit log before anything is published: what was begun is known. */
async function publish(work: Work, options: ReplayOptions, context: CommandContext): Promise<number> {
  const { deliveries, source, reason } = work;
  const all = options.all === true;
  const concerned = deliveries.filter(({ events }) => events.some(({ isNew }) => all || isNew));
  if (concerned.length === 0) return 0;
  const [first] = groups;
  if (first === undefined) throw new TypeError('this build has no consumer group');
  await withDatabase(context, first.schema, (database) =>
    database.transaction([], (tx) =>
      appendAudit(tx, {
        actor: actorOf(context),
        tenant: source.tenantId,
        action: 'replay',
        target: source.sourceId,
        note: reason,
        detail: { deliveries: concerned.length, all, correction: options.correct ?? 0 },
      }),
    ),
  );
  const { connection, codec } = work;
  return await publishReplay({ connection, codec, deliveries: concerned, all, ratePerSecond: options.rate }, context);
}

async function sourceOf(sourceId: string, context: CommandContext): Promise<ConfiguredSource> {
  const catalog = await openCatalog(context);
  const source = catalog.source(sourceId);
  if (source !== undefined) return source;
  const known = catalog.all().map((each) => each.sourceId);
  throw new TrunklineError(
    'source_unknown',
    `there is no source ${sourceId} in the sources file, and how to read its deliveries stands there; it has: ${known.join(', ')}`,
  );
}

function wantedVerdicts({ verdict = defaultVerdicts }: ReplayOptions): readonly string[] {
  for (const word of verdict) requireOneOf('verdict', word, verdicts);
  return verdict;
}

function reasonOf({ reason = '', dryRun }: ReplayOptions): string {
  if (dryRun === true || reason !== '') return reason;
  throw new TrunklineError('config_invalid', 'say with --reason why; or look first, with --dry-run');
}
