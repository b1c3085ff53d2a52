import { classify } from '@trunkline/core';
import { createTopicAdmin, type TopicAdmin } from '@trunkline/kafka';
import {
  type AgeBook,
  createAgeBook,
  createLetterCounter,
  type GroupPlan,
  groups,
  type LetterCounter,
  missingTopics,
  readLag,
  readOutboxes,
  totalsOf,
} from '@trunkline/operations';
import { formatTime } from '@trunkline/operations/units';
import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { requireGroup } from '../group-argument.ts';
import { openKafka } from '../kafka-access.ts';
import { renderLag, type ShownLag } from '../lag/render.ts';
import { accessOf } from '../operator-access.ts';
import { toJsonLine } from '../output.ts';
import { everyRound } from '../rounds.ts';
import { standingConsumers } from '../standing.ts';
import { addExamples } from './examples.ts';

export interface LagOptions {
  readonly group?: string;
  readonly all?: boolean;
  readonly watch?: boolean;
}

const watchEveryMs = 2_000;

export function define(program: Command, launch: Launch): void {
  const command = program
    .command('lag')
    .description(
      'what waits for each group on its topics and in its outbox, its open dead letters, and which group makes no progress',
    )
    .argument('[group]', 'the consumer group: payments, …; every one unless given')
    .option('--all', 'also the partitions on which nothing waits')
    .option('--watch', 'again every 2 s, until Ctrl-C; off a terminal a JSON document a line')
    .action((group: string | undefined, options: Omit<LagOptions, 'group'>) =>
      launch(run, { ...options, ...(group === undefined ? {} : { group }) }),
    );
  addExamples(command, [
    ['trunkline lag', 'where something waits, and for how long'],
    ['trunkline lag payments --watch', 'see it go down'],
    ['trunkline lag --json', 'every partition, for monitoring'],
  ]);
}

export async function run(options: LagOptions, context: CommandContext): Promise<ExitName> {
  const { output, signal } = context;
  const asked = options.group === undefined ? groups : [requireGroup(options.group)];
  const connection = openKafka(context);
  const admin = createTopicAdmin(connection);
  const ages = createAgeBook(connection, signal);
  const counter = createLetterCounter(connection, asked, accessOf(context));
  const all = options.all === true;
  try {
    if (options.watch !== true) {
      const report = await readReport({ admin, ages, counter, asked }, context);
      output.result(report, () => renderLag(report, all, output));
      for (const gap of report.gaps) output.note(gap);
      return 'ok';
    }
    const screen = output.screen(signal);
    await everyRound(watchEveryMs, signal, async () => {
      const report = await readReport({ admin, ages, counter, asked }, context);
      if (screen === undefined) output.item(report, () => toJsonLine(report));
      else
        screen.draw([
          `${output.style.strong('lag')}  ${output.style.faint(`${report.at}  Ctrl-C ends`)}`,
          ...renderLag(report, all, { style: output.style, width: screen.width() }).split('\n'),
          ...report.gaps.map((gap) => output.style.warn(gap)),
        ]);
    });
    return 'ok';
  } catch (thrown) {
    // Whoever watches ends it with Ctrl-C, in the middle of a round as well.
    if (options.watch === true && signal.aborted) return 'ok';
    throw thrown;
  } finally {
    await admin.close();
  }
}

interface LagReport extends ShownLag {
  readonly at: string;
  readonly total: ReturnType<typeof totalsOf> & { readonly openLetters: number | null };
  /** What could not be looked at, a sentence each. */
  readonly gaps: readonly string[];
}

interface LagTools {
  readonly admin: TopicAdmin;
  readonly ages: AgeBook;
  readonly counter: LetterCounter;
  readonly asked: readonly GroupPlan[];
}

async function readReport({ admin, ages, counter, asked }: LagTools, context: CommandContext): Promise<LagReport> {
  const access = accessOf(context);
  const missing = await missingTopics(admin, access);
  const without = await readLag(admin, { groups: asked, missing, tiers: access.retryTiers() });
  const nowMs = context.clock();
  const gaps = missing.size === 0 ? [] : [`${missing.size} topics are missing: trunkline topics apply`];
  let partitions = without;
  try {
    partitions = await ages.addAges(without, nowMs);
  } catch (thrown) {
    context.signal.throwIfAborted();
    gaps.push(`ages are not known: ${classify(thrown).message}`);
  }
  const [counted, outgoing, standing] = await Promise.all([
    counter.count(missing),
    readOutboxes(asked, access),
    standingConsumers(context.settings, context.signal),
  ]);
  const openLetters = sumOf(counted.letters.map(({ open }) => open));
  return {
    at: formatTime(nowMs),
    partitions,
    outboxes: outgoing.outboxes,
    letters: counted.letters,
    standing,
    total: { ...totalsOf(partitions), openLetters },
    gaps: [...gaps, ...counted.gaps, ...outgoing.gaps],
  };
}

/** Unknown as soon as one of them is. */
function sumOf(counts: readonly (number | null)[]): number | null {
  return counts.reduce((sum, count) => (sum === null || count === null ? null : sum + count), 0);
}
