import { isEventId } from '@trunkline/core';
import { headerName } from '@trunkline/events';
import { deadLetterTopic } from '@trunkline/kafka';
import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import { chooseLetters, isTooOld, tenantOf } from '../dead-letters/choose.ts';
import { addFilterOptions, filterOf, type FilterOptions } from '../dead-letters/filter-options.ts';
import { type DeadLetter, readDeadLetters } from '../dead-letters/read.ts';
import type { ExitName } from '../exit-codes.ts';
import { requireGroup } from '../group-argument.ts';
import { openKafka } from '../kafka-access.ts';
import type { Style } from '../render/style.ts';
import { renderPairs, renderTable } from '../render/table.ts';
import { formatAge } from '../render/units.ts';
import { addExamples } from './examples.ts';

export interface DlqListOptions extends FilterOptions {
  readonly group: string;
  readonly all?: boolean;
}

export function define(dlq: Command, launch: Launch): void {
  const list = dlq
    .command('list')
    .description('the dead letters of a group, the latest one of each event, oldest first')
    .argument('<group>', 'the consumer group: payments, …');
  const command = addFilterOptions(list)
    .option('--all', 'also those that are done since')
    .action((group: string, options: Omit<DlqListOptions, 'group'>) => launch(run, { ...options, group }));
  addExamples(command, [
    ['trunkline dlq list payments', 'what is open'],
    ['trunkline dlq list payments --tenant tnt_acme --since 2h', 'of one customer, of the last two hours'],
    ['trunkline dlq list payments --code upstream_4xx --json', 'for a script'],
  ]);
}

export async function run(options: DlqListOptions, context: CommandContext): Promise<ExitName> {
  const { output } = context;
  const group = requireGroup(options.group);
  const { letters, complete } = await readDeadLetters({ connection: openKafka(context), group }, context);
  const { chosen } = chooseLetters(letters, filterOf(options, context.clock()));
  const shown = options.all === true ? chosen : chosen.filter(isOpen);
  const nowMs = context.clock();
  const documents = shown.map((letter) => documentOf(letter, nowMs));
  output.result(
    {
      group: group.name,
      open: letters.filter(isOpen).length,
      done: letters.length - letters.filter(isOpen).length,
      complete,
      letters: documents,
    },
    () =>
      documents.length === 0
        ? `${group.name} has no ${options.all === true ? '' : 'open '}dead letters${letters.length === 0 ? '' : ` like that; ${letters.length} in all (--all)`}`
        : [renderLetters(documents, output.style), '', renderNext(group.name, documents, output.style)].join('\n'),
  );
  if (!complete) output.note('there are more than were read; the oldest are shown');
  return 'ok';
}

/** What nobody knows to be done counts as open. */
export function isOpen(letter: DeadLetter): boolean {
  return letter.state === 'open' || letter.state === 'unknown';
}

function renderNext(group: string, letters: readonly LetterDocument[], style: Style): string {
  const [first] = letters;
  if (first === undefined) return '';
  return renderPairs(
    [
      ['why?', `trunkline dlq show ${isEventId(first.id) ? first.id : placeOf(group, first)}`],
      ['fixed?', `trunkline dlq redrive ${group} --id ${first.id} --dry-run`],
    ],
    style,
  );
}

/** Poison may have no event id to be named by. */
function placeOf(group: string, { partition, offset }: LetterDocument): string {
  return `${deadLetterTopic(group)} ${partition} ${offset}`;
}

interface LetterDocument {
  readonly id: string;
  readonly state: string;
  readonly type: string | undefined;
  readonly tenant: string | undefined;
  readonly key: string | undefined;
  readonly failureKind: string | undefined;
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly attempts: number;
  readonly redriveCount: number;
  readonly copies: number;
  readonly ageMs: number;
  readonly tooOld: boolean;
  readonly partition: number;
  readonly offset: bigint;
  readonly originalTopic: string | undefined;
}

function documentOf(letter: DeadLetter, nowMs: number): LetterDocument {
  const { headers, key, partition, offset, timestampMs } = letter.record;
  return {
    id: letter.id,
    state: letter.state,
    type: headers[headerName.type],
    tenant: tenantOf(headers),
    key: key?.toString('utf8'),
    failureKind: headers[headerName.failureKind],
    code: headers[headerName.exceptionCode],
    message: headers[headerName.exceptionMessage],
    attempts: Number(headers[headerName.attemptsTotal] ?? headers[headerName.retryAttempt] ?? 0),
    redriveCount: letter.redriveCount,
    copies: letter.copies,
    ageMs: nowMs - timestampMs,
    tooOld: isTooOld(letter, nowMs),
    partition,
    offset,
    originalTopic: headers[headerName.originalTopic],
  };
}

function renderLetters(letters: readonly LetterDocument[], style: Style): string {
  return renderTable(
    [
      { title: 'ID', value: (letter) => letter.id, paint: (cell) => style.strong(cell) },
      { title: 'STATE', value: (letter) => (letter.tooOld ? `${letter.state}, too old` : letter.state) },
      { title: 'TYPE', value: (letter) => letter.type ?? '' },
      { title: 'KEY', value: (letter) => letter.key ?? '', maxWidth: 48 },
      { title: 'KIND', value: (letter) => letter.failureKind ?? '' },
      { title: 'CODE', value: (letter) => letter.code ?? '', paint: (cell) => style.bad(cell) },
      { title: 'MESSAGE', value: (letter) => letter.message ?? '', maxWidth: 60 },
      { title: 'ATTEMPTS', value: (letter) => String(letter.attempts), align: 'right' },
      { title: 'AGE', value: (letter) => formatAge(letter.ageMs), align: 'right' },
    ],
    letters,
    style,
  );
}
