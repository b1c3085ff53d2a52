import { randomUUID } from 'node:crypto';

import { TrunklineError } from '@trunkline/core';
import { type DeadLetter, incompleteNote, isOpen, isTooOld, type RedriveRun } from '@trunkline/operations';
import type { Command } from 'commander';

import { collectArgument, rateArgument } from '../arguments.ts';
import type { CommandContext, Launch } from '../context.ts';
import { actorOf } from '../dead-letters/actor.ts';
import { addFilterOptions, type FilterOptions } from '../dead-letters/filter-options.ts';
import { openLetterIndex } from '../dead-letters/journal.ts';
import { requireSelection, selectLetters } from '../dead-letters/select.ts';
import { sendBack } from '../dead-letters/send-back.ts';
import type { ExitName } from '../exit-codes.ts';
import { requireGroup } from '../group-argument.ts';
import { redriveAsJob } from '../jobs/redrive.ts';
import { openKafka } from '../kafka-access.ts';
import { reasonOption } from '../reason.ts';
import { renderPairs } from '../render/table.ts';
import { addExamples } from './examples.ts';

export interface DlqRedriveOptions extends FilterOptions {
  readonly group: string;
  readonly id?: readonly string[];
  readonly all?: boolean;
  readonly dryRun?: boolean;
  readonly rate: number;
  readonly force?: boolean;
  /** False: `--no-canary`. */
  readonly canary: boolean;
  readonly reason?: string;
}

export function define(dlq: Command, launch: Launch): void {
  const redrive = dlq
    .command('redrive')
    .description('send dead letters back to their group, once the cause is fixed')
    .argument('<group>', 'the consumer group: payments, …')
    .option('--id <id>', 'this dead letter, in any form that `dlq show` takes; may be repeated', collectArgument)
    .option('--all', 'every open dead letter that the filters let through');
  const command = addFilterOptions(redrive)
    .option('--dry-run', 'say what would be sent back, and send nothing')
    .option('--rate <n/s>', 'records per second', rateArgument(10_000), 50)
    .option(
      '--force',
      'also those older than 38 days, whose effect the inbox may no longer remember, and those sent back three times',
    )
    .addOption(reasonOption('what was fixed; needed with --all where a journal runs'))
    .option('--no-canary', 'do not send twenty first and await what becomes of them')
    .action((group: string, options: Omit<DlqRedriveOptions, 'group'>) => launch(run, { ...options, group }));
  addExamples(command, [
    ['trunkline dlq redrive payments --id evt_…', 'one event'],
    ['trunkline dlq redrive payments --all --code upstream_4xx --dry-run', 'what would be sent back'],
    ['trunkline dlq redrive payments --all --cause cau_… --reason "deployed 1.4.3"', 'those of one cause'],
    ['trunkline dlq redrive payments --all --rate 200/s', 'everything, at most 200 a second'],
  ]);
}

export async function run(options: DlqRedriveOptions, context: CommandContext): Promise<ExitName> {
  requireSelection(options);
  const group = requireGroup(options.group);
  const connection = openKafka(context);
  const index = await openLetterIndex(connection, [group], context);
  if (index !== undefined) return await redriveAsJob(options, { group, index }, context);
  const selection = await selectLetters(options, { group, connection }, context);
  if (selection.kind === 'not_found') return context.output.failure(selection.failure);
  const { chosen, gap, complete } = selection;
  if (options.all === true && gap !== undefined) {
    // Those that were put aside would be among them.
    throw new TrunklineError(
      'dependency_unavailable',
      `${gap}; nothing was sent (name them with --id to send all the same)`,
    );
  }
  const open = chosen.filter(isOpen);
  const nowMs = context.clock();
  const sendable = options.force === true ? open : open.filter((letter) => !isTooOld(letter, nowMs));
  const redrive: RedriveRun = {
    redriveId: randomUUID(),
    nowMs,
    actor: actorOf(context),
    forcedIds: new Set(idsOf(sendable.filter((letter) => isTooOld(letter, nowMs)))),
  };
  const isDry = options.dryRun === true;
  const sent =
    isDry || sendable.length === 0
      ? idsOf(sendable)
      : await sendBack(
          { connection, group: group.name, letters: sendable, redrive, ratePerSecond: options.rate },
          context,
        );
  const outcome: RedriveOutcome = {
    group: group.name,
    redriveId: redrive.redriveId,
    actor: redrive.actor,
    dryRun: isDry,
    sent,
    alreadyDone: idsOf(chosen.filter(({ state }) => state === 'applied' || state === 'stale')),
    discarded: idsOf(chosen.filter(({ state }) => state === 'discarded')),
    tooOld: idsOf(open.filter((letter) => !sendable.includes(letter))),
    gone: idsOf(sendable).filter((id) => !sent.includes(id)),
    complete,
  };
  context.output.result(outcome, () => renderOutcome(outcome, context));
  if (!complete) context.output.note(incompleteNote);
  const refused = outcome.tooOld.length > 0 || (options.id !== undefined && outcome.discarded.length > 0);
  return refused ? 'refused' : 'ok';
}

function idsOf(letters: readonly Pick<DeadLetter, 'id'>[]): readonly string[] {
  return letters.map(({ id }) => id);
}

interface RedriveOutcome {
  readonly group: string;
  readonly redriveId: string;
  readonly actor: string;
  readonly dryRun: boolean;
  /** Ids of letters, as in all lists here. */
  readonly sent: readonly string[];
  readonly alreadyDone: readonly string[];
  /** Put aside, so not sent. */
  readonly discarded: readonly string[];
  readonly tooOld: readonly string[];
  /** Taken by retention while they were being sent. */
  readonly gone: readonly string[];
  readonly complete: boolean;
}

function renderOutcome(outcome: RedriveOutcome, context: CommandContext): string {
  const { style } = context.output;
  const { sent, alreadyDone, discarded, tooOld, gone, dryRun, group } = outcome;
  const letters = sent.length === 1 ? 'dead letter' : 'dead letters';
  const head = dryRun
    ? `${sent.length} ${letters} of ${group} would be sent back`
    : `${style.good('✓')} ${sent.length} ${letters} of ${group} sent back`;
  const [firstOld = '', firstAside = '', first] = [tooOld[0], discarded[0], sent[0]];
  return [
    head,
    renderPairs(
      [
        ['redrive', dryRun || first === undefined ? undefined : `${outcome.redriveId} by ${outcome.actor}`],
        ['done since', alreadyDone.length === 0 ? undefined : `${alreadyDone.length}, left alone`],
        [
          'put aside',
          discarded.length === 0
            ? undefined
            : `${discarded.length}, left alone: trunkline dlq reopen ${group} --id ${firstAside} --reason …`,
        ],
        [
          'too old',
          tooOld.length === 0
            ? undefined
            : `${tooOld.length}, refused: older than 38 days (--force sends them anyway) ${firstOld}`,
        ],
        ['gone', gone.length === 0 ? undefined : `${gone.length}, taken by retention meanwhile`],
        ['next', dryRun || first === undefined ? undefined : `trunkline dlq show ${first}`],
      ],
      style,
    ),
  ]
    .filter((part) => part !== '')
    .join('\n');
}
