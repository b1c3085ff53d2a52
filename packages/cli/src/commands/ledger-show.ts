import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { type LedgerScope, readLedger } from '../ledger/open.ts';
import { renderObject } from '../ledger/render.ts';
import { showObjects } from '../ledger/show.ts';
import { addExamples } from './examples.ts';

export interface LedgerShowOptions extends LedgerScope {
  readonly objectId: string;
}

export function define(ledger: Command, launch: Launch): void {
  const command = ledger
    .command('show')
    .description('what was reported about one payment, refund, dispute or payout, and what is posted for it')
    .argument('<id>', "the provider's id of the object: pi_…, re_…, dp_…, po_…")
    .option('--tenant <tnt_…>', 'of this tenant; of every tenant of the sources file unless given')
    .option('--account <id>', 'of this account of a provider, as events name it: acct_1.live')
    .action((objectId: string, options: Omit<LedgerShowOptions, 'objectId'>) => launch(run, { ...options, objectId }));
  addExamples(command, [['trunkline ledger show re_1Pabc', 'facts and postings of a refund, each with its event']]);
}

export async function run(options: LedgerShowOptions, context: CommandContext): Promise<ExitName> {
  const { output } = context;
  const objects = await readLedger(options, context, (tx) => showObjects(tx, options));
  if (objects.length === 0) {
    return output.failure({
      exit: 'not_found',
      code: 'not_found',
      message: `nothing was said about the money of ${options.objectId}`,
      fix: 'an event without an amount says nothing: trunkline rows payments.payment shows what is known of it',
    });
  }
  output.result({ objects }, () => objects.map((object) => renderObject(object, output)).join('\n\n\n'));
  return 'ok';
}
