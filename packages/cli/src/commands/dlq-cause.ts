import { decideCause, decidedCauseStates, type DecidedCauseState } from '@trunkline/journal';
import { type Command, Argument } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import { actorOf } from '../dead-letters/actor.ts';
import { causeOf } from '../dead-letters/filter-options.ts';
import type { ExitName } from '../exit-codes.ts';
import { requireGroup } from '../group-argument.ts';
import { requiredReason } from '../reason.ts';
import { addExamples } from './examples.ts';

export interface DlqCauseOptions {
  readonly group: string;
  readonly cause: string;
  readonly state: DecidedCauseState;
  readonly reason: string;
}

export function define(dlq: Command, launch: Launch): void {
  const command = dlq
    .command('cause')
    .description('mark a cause of dead letters as muted, fixed, or open again; its letters stay as they are')
    .argument('<group>', 'the consumer group: payments, …')
    .argument('<cause>', 'cau_…, as `dlq stats` names it')
    .addArgument(
      new Argument('<state>', 'fixed: if letters die of it again, `dlq stats` says so').choices(decidedCauseStates),
    )
    .addOption(requiredReason())
    .action((...[group, cause, state, options]: [string, string, DecidedCauseState, Pick<DlqCauseOptions, 'reason'>]) =>
      launch(run, { ...options, group, cause, state }),
    );
  addExamples(command, [
    ['trunkline dlq cause payments cau_… muted --reason "a partner that tests"', 'dlq stats lists it last'],
    ['trunkline dlq cause payments cau_… fixed --reason "deployed 1.4.3"', 'if it comes back, dlq stats says so'],
  ]);
}

export async function run(options: DlqCauseOptions, context: CommandContext): Promise<ExitName> {
  const group = requireGroup(options.group);
  const cause = causeOf(options.cause);
  const { state, reason } = options;
  const decision = { group: group.name, cause, state, reason, actor: actorOf(context) };
  await withDatabase(context, 'journal', (database) => decideCause(database, decision));
  context.output.result(decision, () => `${context.output.style.good('✓')} ${cause} of ${group.name} is ${state}`);
  return 'ok';
}
