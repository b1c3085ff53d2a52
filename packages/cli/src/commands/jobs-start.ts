import { TrunklineError, systemClock } from '@trunkline/core';
import {
  askForJob,
  type EndpointId,
  type JobKind,
  jobKindNames,
  jobKinds,
  jobLimits,
  type PairState,
  pairStates,
  tenantOfEndpoint,
} from '@trunkline/delivery';
import { Argument, type Command, Option } from 'commander';

import { collectArgument, type Moment, momentArgument, momentMs, rateArgument } from '../arguments.ts';
import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import { actorOf } from '../dead-letters/actor.ts';
import { endpointArgument, noSuchEndpoint } from '../endpoints/find.ts';
import type { ExitName } from '../exit-codes.ts';
import { deliveryJobs } from '../jobs/delivery-jobs.ts';
import { followJob } from '../jobs/follow.ts';
import { reasonOption } from '../reason.ts';
import { addExamples } from './examples.ts';

export interface JobsStartOptions {
  readonly kind: JobKind;
  readonly endpoint: EndpointId;
  readonly since?: Moment;
  readonly until?: Moment;
  readonly type?: readonly string[];
  readonly state?: readonly string[];
  readonly rate: number;
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly wait?: boolean;
}

export function define(jobs: Command, launch: Launch): void {
  const command = jobs
    .command('start')
    .description('start bulk work on the messages of an endpoint, which services/delivery does')
    .addArgument(
      new Argument('<kind>', jobKindNames.map((kind) => `${kind}: ${jobKinds[kind].what}`).join('; ')).choices(
        jobKindNames,
      ),
    )
    .argument('<ep_…>', 'the endpoint', endpointArgument)
    .option('--since <time>', 'accepted since: 2h ago, or an instant', momentArgument)
    .option('--until <time>', 'accepted until; until now unless given', momentArgument)
    .option('--type <type>', 'only events of this type; may be given several times', collectArgument)
    .addOption(
      new Option('--state <state>', `of a resend: only what stands so (${pairStates.join(', ')})`).argParser(
        collectArgument,
      ),
    )
    .option('--rate <n/s>', 'messages per second, at most', rateArgument(jobLimits.fastest), jobLimits.rate)
    .addOption(reasonOption())
    .option('--dry-run', 'count what it would be about, and send nothing')
    .option('--wait', 'until it ends, or Ctrl-C; the job goes on')
    .action((kind: JobKind, endpoint: EndpointId, options: Omit<JobsStartOptions, 'kind' | 'endpoint'>) =>
      launch(run, { ...options, kind, endpoint }),
    );
  addExamples(command, [
    [
      'trunkline jobs start recover ep_0193512b1c7b7d2e… --since 6h --dry-run',
      'what did it miss, and how long would it take?',
    ],
    ['trunkline jobs start recover ep_0193512b1c7b7d2e… --since 6h --wait', 'send it'],
    ['trunkline jobs start backfill ep_0193512b1c7b7d2e…', 'what it would have been told before it was made'],
  ]);
}

export async function run(options: JobsStartOptions, context: CommandContext): Promise<ExitName> {
  const { output, signal, clock } = context;
  const { kind, endpoint, since, until, rate, reason, dryRun = false, wait = dryRun } = options;
  const asked = {
    kind,
    endpointId: endpoint,
    types: options.type,
    states: options.state?.map(stateOf),
    sinceMs: since === undefined ? undefined : momentMs(since, clock()),
    untilMs: until === undefined ? undefined : momentMs(until, clock()),
    isDryRun: dryRun,
    rate,
    note: reason,
    actor: actorOf(context),
  };
  const job = await withDatabase(context, 'delivery', async (database) => {
    const tenant = await tenantOfEndpoint(database, endpoint, signal);
    if (tenant === undefined) return undefined;
    return await database.transaction([tenant], (tx) => askForJob(tx, asked, { clock: systemClock }), { signal });
  });
  if (job === undefined) return noSuchEndpoint(endpoint, context);
  if (!wait) {
    await deliveryJobs.show(job, context);
    output.note(`see it go on: trunkline jobs show ${job.id} --watch`);
    return 'ok';
  }
  output.note(
    `job ${job.id}: Ctrl-C leaves it running (trunkline jobs show ${job.id}; trunkline jobs cancel ${job.id})`,
  );
  const followed = await followJob(deliveryJobs, job.id, context);
  if (signal.aborted)
    return output.failure({
      exit: 'interrupted',
      code: 'interrupted',
      message: `job ${job.id} goes on without you`,
      fix: `trunkline jobs show ${job.id}; trunkline jobs cancel ${job.id}`,
    });
  await deliveryJobs.show(followed.job, context);
  if (!followed.isOver)
    output.note(`what is on its way is being retried; the job ends when it is over: trunkline jobs show ${job.id}`);
  const { ending, counts } = followed.job;
  const isWell = (ending === 'done' || ending === 'counted') && counts.undelivered === 0;
  return isWell ? 'ok' : 'refused';
}

function stateOf(text: string): PairState {
  const state = pairStates.find((known) => known === text);
  if (state !== undefined) return state;
  throw new TrunklineError('config_invalid', `${JSON.stringify(text)} is no state: ${pairStates.join(', ')}`);
}
