import { createAclAdmin } from '@trunkline/kafka';
import { aclPlan } from '@trunkline/operations';
import type { Command } from 'commander';

import { aclReport, renderAcls } from '../acls.ts';
import type { CommandContext, Launch } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { openKafka } from '../kafka-access.ts';
import { requireRetryTiers } from '../retry-tiers.ts';
import { addExamples } from './examples.ts';

export function define(acls: Command, launch: Launch): void {
  const command = acls
    .command('plan')
    .description('compare what each service may do on the brokers with what it needs; ends with 1 when they differ')
    .action(() => launch(run, undefined));
  addExamples(command, [['trunkline acls plan', 'as an administrator of the brokers']]);
}

export async function run(_options: undefined, context: CommandContext): Promise<ExitName> {
  const { output } = context;
  const plan = aclPlan({ retryTiers: requireRetryTiers(context.settings) });
  const admin = createAclAdmin(openKafka(context));
  try {
    const differences = aclReport(await admin.plan(plan));
    output.result({ inOrder: differences.length === 0, rules: plan.length, differences }, () =>
      differences.length === 0
        ? `${plan.length} rules, all in order`
        : [renderAcls(differences, output.style), '', `${output.style.faint('next')}  trunkline acls apply`].join('\n'),
    );
    return differences.length === 0 ? 'ok' : 'refused';
  } finally {
    await admin.close();
  }
}
