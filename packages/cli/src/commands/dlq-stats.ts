import { countLetters, type LetterBucket } from '@trunkline/journal';
import { groups } from '@trunkline/operations/groups';
import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import { addFilterOptions, type FilterOptions, indexFilterOf } from '../dead-letters/filter-options.ts';
import { openLetterIndex, refuseWithoutJournal } from '../dead-letters/journal.ts';
import { renderStats, shownBucket } from '../dead-letters/render-stats.ts';
import type { ExitName } from '../exit-codes.ts';
import { requireGroup } from '../group-argument.ts';
import { openKafka } from '../kafka-access.ts';
import { addExamples } from './examples.ts';

export interface DlqStatsOptions extends FilterOptions {
  readonly group?: string;
}

export function define(dlq: Command, launch: Launch): void {
  const stats = dlq
    .command('stats')
    .description('how many dead letters there are of each cause, by topic, class and code')
    .argument('[group]', 'the consumer group: payments, …; every one unless given');
  const command = addFilterOptions(stats).action((group: string | undefined, options: Omit<DlqStatsOptions, 'group'>) =>
    launch(run, { ...options, ...(group === undefined ? {} : { group }) }),
  );
  addExamples(command, [
    ['trunkline dlq stats', 'which causes there are, the most frequent first'],
    ['trunkline dlq stats payments --since 1d --json', 'of one day, for a script'],
  ]);
}

export async function run(options: DlqStatsOptions, context: CommandContext): Promise<ExitName> {
  const { output, signal } = context;
  const asked = options.group === undefined ? groups : [requireGroup(options.group)];
  const index = await openLetterIndex(openKafka(context), asked, context);
  if (index === undefined) refuseWithoutJournal('dlq stats');
  const found: LetterBucket[] = [];
  let complete = true;
  for (const group of asked) {
    const filter = await indexFilterOf(options, group.name, context);
    const histogram = await index.ask((database) => countLetters(database, { group, scope: 'all', filter, signal }));
    found.push(...histogram.buckets);
    complete &&= histogram.complete;
  }
  const rankOf = ({ state }: LetterBucket): number => (state === 'back' ? 0 : state === 'muted' ? 2 : 1);
  const buckets = found
    .toSorted((left, right) => rankOf(left) - rankOf(right) || right.open - left.open)
    .map(shownBucket);
  const open = buckets.reduce((sum, bucket) => sum + bucket.open, 0);
  const isNarrowed = Object.keys(options).some((name) => name !== 'group');
  output.result({ open, complete, buckets }, () =>
    buckets.length === 0
      ? `no dead letters${isNarrowed ? ' like that' : ''}`
      : renderStats(buckets, context.clock(), output),
  );
  if (!complete) output.note('there are more causes than are told of: narrow them down (--since, --code, --tenant)');
  return 'ok';
}
