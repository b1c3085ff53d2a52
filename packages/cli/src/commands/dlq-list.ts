import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import { isMendable } from '../dead-letters/advice.ts';
import { chooseLetters } from '../dead-letters/choose.ts';
import { addFilterOptions, filterOf, type FilterOptions } from '../dead-letters/filter-options.ts';
import { isOpen } from '../dead-letters/letter.ts';
import { countOfLetters, countText, documentOf, type LetterDocument } from '../dead-letters/list.ts';
import { incompleteNote, readDeadLetters } from '../dead-letters/read.ts';
import { renderLetters } from '../dead-letters/render-list.ts';
import type { ExitName } from '../exit-codes.ts';
import { requireGroup } from '../group-argument.ts';
import { openKafka } from '../kafka-access.ts';
import type { Style } from '../render/style.ts';
import { renderPairs } from '../render/table.ts';
import { addExamples } from './examples.ts';

export interface DlqListOptions extends FilterOptions {
  readonly group: string;
  readonly all?: boolean;
}

export function define(dlq: Command, launch: Launch): void {
  const list = dlq
    .command('list')
    .description('the dead letters of a group, one for all copies of a record, oldest first')
    .argument('<group>', 'the consumer group: payments, …');
  const command = addFilterOptions(list)
    .option('--all', 'also those that are done since or put aside')
    .action((group: string, options: Omit<DlqListOptions, 'group'>) => launch(run, { ...options, group }));
  addExamples(command, [
    ['trunkline dlq list payments', 'what is open'],
    ['trunkline dlq list payments --tenant tnt_demo --since 2h', 'of one customer, of the last two hours'],
    ['trunkline dlq list payments --code upstream_4xx --json', 'for a script'],
  ]);
}

export async function run(options: DlqListOptions, context: CommandContext): Promise<ExitName> {
  const { output } = context;
  const group = requireGroup(options.group);
  const nowMs = context.clock();
  const filter = await filterOf(options, context);
  const read = await readDeadLetters({ connection: openKafka(context), group }, context);
  const { chosen } = chooseLetters(read.letters, group.name, filter);
  const shown = options.all === true ? chosen : chosen.filter(isOpen);
  const documents = shown.map((letter) => documentOf(letter, nowMs));
  const count = countOfLetters(read);
  output.result(
    {
      group: group.name,
      ...count,
      done: read.letters.filter(({ state }) => state === 'applied' || state === 'stale').length,
      discarded: read.letters.filter(({ state }) => state === 'discarded').length,
      complete: read.complete,
      gap: read.gap,
      letters: documents,
    },
    () =>
      [
        ...(documents.length === 0
          ? [
              `${group.name} has no ${options.all === true ? '' : 'open '}dead letters${read.letters.length === 0 ? '' : ' like that'}`,
            ]
          : [renderLetters(documents, output), '']),
        output.style.faint(
          `${group.name}: ${countText(count)}${options.all === true ? '' : ' (--all shows the others)'}`,
        ),
        renderNext(group.name, documents, output.style),
      ]
        .filter((part, index) => index === 1 || part !== '')
        .join('\n'),
  );
  if (read.gap !== undefined) output.note(read.gap);
  if (!read.complete) output.note(incompleteNote);
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
