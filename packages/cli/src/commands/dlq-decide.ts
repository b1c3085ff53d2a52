import { TrunklineError } from '@trunkline/core';
import { decideLetters, type LetterDecision } from '@trunkline/postgres';
import type { Command } from 'commander';

import { collectArgument } from '../arguments.ts';
import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import { actorOf } from '../dead-letters/actor.ts';
import { addFilterOptions } from '../dead-letters/filter-options.ts';
import { openLetterIndex } from '../dead-letters/journal.ts';
import { requireSelection, selectIndexed, selectLetters, type SelectOptions } from '../dead-letters/select.ts';
import type { ExitName } from '../exit-codes.ts';
import { requireGroup } from '../group-argument.ts';
import { openKafka } from '../kafka-access.ts';
import { requiredReason } from '../reason.ts';
import { renderPairs } from '../render/table.ts';
import { addExamples } from './examples.ts';

export interface DlqDecideOptions extends SelectOptions {
  readonly group: string;
  readonly reason: string;
  readonly dryRun?: boolean;
}

/** `dlq discard` and `dlq reopen`: two words for one decision. */
export function define(dlq: Command, launch: Launch): void {
  const discard = decision(
    dlq,
    'discard',
    'put aside dead letters that will not be fixed: they no longer count as open',
  ).action((group: string, options: Omit<DlqDecideOptions, 'group'>) => launch(runDiscard, { ...options, group }));
  addExamples(discard, [
    ['trunkline dlq discard payments --id ltr_… --reason "a test record of 3 May"', 'one letter'],
    [
      'trunkline dlq discard payments --all --code decode_failed --reason "foreign records" --dry-run',
      'which ones that would be',
    ],
  ]);
  const reopen = decision(dlq, 'reopen', 'reopen dead letters that were put aside').action(
    (group: string, options: Omit<DlqDecideOptions, 'group'>) => launch(runReopen, { ...options, group }),
  );
  addExamples(reopen, [['trunkline dlq reopen payments --id ltr_… --reason "it was ours"', 'one letter']]);
}

function decision(dlq: Command, name: string, description: string): Command {
  const command = dlq
    .command(name)
    .description(description)
    .argument('<group>', 'the consumer group: payments, …')
    .addOption(requiredReason())
    .option('--id <id>', 'this dead letter, in any form that `dlq show` takes; may be repeated', collectArgument)
    .option('--all', 'every one that the filters let through');
  return addFilterOptions(command).option('--dry-run', 'say which ones, and decide nothing');
}

function runDiscard(options: DlqDecideOptions, context: CommandContext): Promise<ExitName> {
  return decide('discarded', options, context);
}

function runReopen(options: DlqDecideOptions, context: CommandContext): Promise<ExitName> {
  return decide('open', options, context);
}

async function decide(
  state: LetterDecision['state'],
  options: DlqDecideOptions,
  context: CommandContext,
): Promise<ExitName> {
  const { reason } = options;
  requireSelection(options);
  const group = requireGroup(options.group);
  const connection = openKafka(context);
  const index = await openLetterIndex(connection, [group], context);
  const selection =
    index === undefined
      ? await selectLetters(options, { group, connection }, context)
      : await selectIndexed(options, { group, index }, context);
  if (selection.kind === 'not_found') return context.output.failure(selection.failure);
  const { chosen, gap } = selection;
  if (gap !== undefined) throw new TrunklineError('dependency_unavailable', `${gap}; nothing was decided`);
  // What waits in a redrive can still be put aside; it is not sent then.
  const before: readonly string[] = state === 'discarded' ? ['open', 'queued'] : ['discarded'];
  const byState = Map.groupBy(
    chosen.map(({ id, tenant, state: is }) => ({ id, tenant, is })),
    ({ is }) => is,
  );
  const actor = actorOf(context);
  const taken = [...byState].filter(([is]) => before.includes(is));
  const letters = taken.flatMap(([, own]) => own.map(({ id, tenant }) => ({ id, tenant })));
  const others = [...byState].filter(([is]) => !before.includes(is));
  const decided =
    options.dryRun === true || letters.length === 0
      ? letters.map(({ id }) => id)
      : await withDatabase(context, group.schema, (database) =>
          decideLetters(database, { group: group.name, state, reason, actor, letters }),
        );
  const outcome = {
    group: group.name,
    state,
    reason,
    actor,
    dryRun: options.dryRun === true,
    decided,
    leftAlone: others.flatMap(([, left]) => left.map(({ id }) => id)),
  };
  const whyLeft = others.map(([is, left]) => `${left.length} ${is}`);
  context.output.result(outcome, () => renderOutcome(outcome, whyLeft, context));
  return 'ok';
}

interface DecideOutcome {
  readonly group: string;
  readonly state: LetterDecision['state'];
  readonly reason: string;
  readonly actor: string;
  readonly dryRun: boolean;
  readonly decided: readonly string[];
  readonly leftAlone: readonly string[];
}

function renderOutcome(outcome: DecideOutcome, whyLeft: readonly string[], { output }: CommandContext): string {
  const { decided, state, group, dryRun } = outcome;
  const what = state === 'discarded' ? 'put aside' : 'opened again';
  const letters = `${decided.length} ${decided.length === 1 ? 'dead letter' : 'dead letters'} of ${group}`;
  const back = state === 'discarded' ? `trunkline dlq reopen ${group} --id ${decided[0]} --reason …` : undefined;
  return [
    dryRun ? `${letters} would be ${what}` : `${output.style.good('✓')} ${letters} ${what}`,
    renderPairs(
      [
        ['by', dryRun ? undefined : outcome.actor],
        ['left alone', whyLeft.length === 0 ? undefined : whyLeft.join(', ')],
        ['undo', dryRun || decided.length === 0 ? undefined : back],
      ],
      output.style,
    ),
  ]
    .filter((part) => part !== '')
    .join('\n');
}
