import { TrunklineError } from '@trunkline/core';
import type { Command } from 'commander';

import { requireListed } from '../closed-lists.ts';
import type { CommandContext, Launch } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { type Figures, figuresOf, type Round } from '../monitor/figures.ts';
import { type LagWatch, openLagWatch } from '../monitor/lag-watch.ts';
import { renderFigures } from '../monitor/render.ts';
import { scrapeAll } from '../monitor/scrape.ts';
import { toJsonLine } from '../output.ts';
import { everyRound } from '../rounds.ts';
import { operatorToken, serviceAddresses } from '../service-addresses.ts';
import { missingSetting } from '../settings.ts';
import { standingConsumers } from '../standing.ts';
import { addExamples } from './examples.ts';

export interface MonitorOptions {
  readonly source?: string;
  readonly once?: boolean;
}

const everyMs = 1_000;
/** Rates and percentiles are of the rounds that are kept: ten seconds are steady enough to read. */
const keptRounds = 11;
/** The first table should have its lag; later ones take the last that is known. */
const lagWaitMs = { first: 5_000, later: 200, once: 20_000 } as const;

export function define(program: Command, launch: Launch): void {
  const command = program
    .command('monitor')
    .description('live figures of sources and groups, each second, from /metrics of the processes')
    .argument('[source]', 'only what comes from this source; lag is of the whole group all the same')
    .option('--once', 'one look, since the processes started')
    .action((source: string | undefined, options: Omit<MonitorOptions, 'source'>) =>
      launch(run, { ...options, ...(source === undefined ? {} : { source }) }),
    );
  addExamples(command, [
    ['trunkline monitor', 'the run of npm start, until Ctrl-C'],
    ['trunkline monitor src_stripe_demo --once --json', 'one source, for a script'],
    [
      'trunkline monitor --ingress-operator-url http://10.0.0.5:8089 --consumer-url http://10.0.0.6:8089',
      'other processes; TRUNKLINE_OPERATOR_TOKEN when they want one',
    ],
  ]);
}

export async function run(options: MonitorOptions, context: CommandContext): Promise<ExitName> {
  const { output, settings } = context;
  await requireListed({ source: options.source }, context);
  if (serviceAddresses(settings).length === 0)
    throw new TrunklineError('config_invalid', missingSetting('ingressOperatorUrl'));
  const lag = openLagWatch(context);
  try {
    if (options.once !== true) return await watch(options, lag, context);
    await lag.refresh(lagWaitMs.once);
    const figures = await look([], { options, lag, context });
    output.result(figures, () => renderFigures(figures, output.style, output.width).join('\n'));
    return figures.processes.every(({ answers }) => answers) ? 'ok' : 'unreachable';
  } finally {
    await lag.close();
  }
}

async function watch(options: MonitorOptions, lag: LagWatch, context: CommandContext): Promise<ExitName> {
  const { output, signal } = context;
  const screen = output.screen(signal);
  const rounds: Round[] = [];
  await everyRound(everyMs, signal, async () => {
    await lag.refresh(rounds.length === 0 ? lagWaitMs.first : lagWaitMs.later);
    if (signal.aborted) return;
    const figures = await look(rounds, { options, lag, context });
    if (screen === undefined) output.item(figures, () => toJsonLine(figures));
    else
      screen.draw([
        `${output.style.strong('trunkline monitor')}  ${output.style.faint('Ctrl-C ends')}`,
        ...renderFigures(figures, output.style, screen.width()),
      ]);
  });
  return 'ok';
}

interface Looking {
  readonly options: MonitorOptions;
  readonly lag: LagWatch;
  readonly context: CommandContext;
}

/** Asks every process once, and keeps the answer among the rounds. */
async function look(rounds: Round[], { options, lag, context }: Looking): Promise<Figures> {
  // Under npm start a process that was started anew is found at once; its port stays.
  const { settings, signal } = context;
  const [scrapes, asked] = await Promise.all([
    scrapeAll(serviceAddresses(settings), { signal, token: operatorToken(settings) }),
    standingConsumers(settings, signal),
  ]);
  // Of one that does not answer at all the scrape says so already.
  const standing = asked.filter(({ url }) =>
    scrapes.some((scrape) => scrape.url === url && scrape.process !== undefined),
  );
  rounds.push({ atMs: performance.now(), scrapes });
  if (rounds.length > keptRounds) rounds.shift();
  const gap = lag.gap();
  return figuresOf({
    rounds,
    source: options.source,
    lag: lag.latest(),
    standing,
    gaps: gap === undefined ? [] : [gap],
    nowMs: context.clock(),
  });
}
