import { aclPlan, applyAcls } from '@trunkline/operations';
import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { openKafka } from '../kafka-access.ts';
import { requireRetryTiers } from '../retry-tiers.ts';
import { addExamples } from './examples.ts';

export function define(acls: Command, launch: Launch): void {
  const command = acls
    .command('apply')
    .description('let each service do on the brokers what it needs, and nothing else; safe to run again')
    .action(() => launch(run, undefined));
  addExamples(command, [['trunkline acls apply', 'as an administrator of the brokers']]);
}

export async function run(_options: undefined, context: CommandContext): Promise<ExitName> {
  const { output } = context;
  const retryTiers = requireRetryTiers(context.settings);
  const { missing, surplus } = await applyAcls(openKafka(context), retryTiers);
  const { length: rules } = aclPlan({ retryTiers });
  output.result(
    { rules, added: missing, removed: surplus },
    () => `${missing.length} added, ${surplus.length} removed, ${rules - missing.length} as they were`,
  );
  return 'ok';
}
