import { letterLimits } from '@trunkline/journal';
import { countText, incompleteNote, isMendable } from '@trunkline/operations';
import type { Command } from 'commander';

import { collectArgument, countArgument } from '../arguments.ts';
import type { CommandContext, Launch } from '../context.ts';
import type { LetterDocument } from '../dead-letters/document.ts';
import { addFilterOptions } from '../dead-letters/filter-options.ts';
import { openLetterIndex } from '../dead-letters/journal.ts';
import { listFromIndex, listFromTopic, type ListOptions } from '../dead-letters/read-list.ts';
import { renderLetters } from '../dead-letters/render-list.ts';
import type { ExitName } from '../exit-codes.ts';
import { requireGroup } from '../group-argument.ts';
import { redriveArgument } from '../jobs/job-argument.ts';
import { openKafka } from '../kafka-access.ts';
import type { Style } from '../render/style.ts';
import { renderPairs } from '../render/table.ts';
import { addExamples } from './examples.ts';

export interface DlqListOptions extends ListOptions {
  readonly group: string;
}

export function define(dlq: Command, launch: Launch): void {
  const list = dlq
    .command('list')
    .description('the dead letters of a group, one for all copies of a record, oldest first')
    .argument('<group>', 'the consumer group: payments, …');
  const command = addFilterOptions(list)
    .option('--all', 'also those that are done since or put aside')
    .option(
      '--state <state,…>',
      'only in these: open, queued, sent, applied, stale, discarded, expired',
      collectArgument,
    )
    .option('--job <id>', 'only those in the plan of this job (with --all or --state)', redriveArgument)
    .option('--limit <n>', 'at most so many at a time', countArgument(1, letterLimits.pageLetters), 200)
    .option('--after <place>', 'the page behind the one that named this as its next')
    .action((group: string, options: Omit<DlqListOptions, 'group'>) => launch(run, { ...options, group }));
  addExamples(command, [
    ['trunkline dlq list payments', 'what is open'],
    ['trunkline dlq list payments --tenant tnt_demo --since 2h', 'of one customer, of the last two hours'],
    ['trunkline dlq list payments --cause cau_…', 'of one cause, as `trunkline dlq stats` names it'],
    ['trunkline dlq list payments --code upstream_4xx --json', 'for a script'],
  ]);
}

export async function run(options: DlqListOptions, context: CommandContext): Promise<ExitName> {
  const { output } = context;
  const group = requireGroup(options.group);
  const connection = openKafka(context);
  const index = await openLetterIndex(connection, [group], context);
  const list =
    index === undefined
      ? await listFromTopic(options, { group, connection }, context)
      : await listFromIndex(options, { group, index }, context);
  const { letters, next, gap, complete } = list;
  const isAll = options.all === true || options.state !== undefined;
  output.result({ group: group.name, ...list }, () =>
    [
      ...(letters.length === 0
        ? [`${group.name} has no ${isAll ? '' : 'open '}dead letters${list.onTopic === 0 ? '' : ' like that'}`]
        : [renderLetters(letters, output), '']),
      output.style.faint(`${group.name}: ${countText(list)}${isAll ? '' : ' (--all shows the others)'}`),
      ...(next === undefined ? [] : [output.style.faint(`there are more: --after ${next}`)]),
      renderNext(group.name, letters, output.style),
    ]
      .filter((part, place) => place === 1 || part !== '')
      .join('\n'),
  );
  if (gap !== undefined) output.note(gap);
  if (!complete) output.note(incompleteNote);
  return 'ok';
}

function renderNext(group: string, letters: readonly LetterDocument[], style: Style): string {
  const [first] = letters;
  if (first === undefined) return '';
  const mendable = letters.find(({ code }) => isMendable(code));
  return renderPairs(
    [
      ['why?', `trunkline dlq show ${first.id}`],
      ['fixed?', mendable && `trunkline dlq redrive ${group} --id ${mendable.id} --dry-run`],
    ],
    style,
  );
}
