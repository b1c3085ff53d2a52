import type { Command } from 'commander';

import { countArgument } from '../arguments.ts';
import type { CommandContext, Launch } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { checkLedger } from '../ledger/check.ts';
import { type LedgerScope, readLedger } from '../ledger/open.ts';
import { renderCheck } from '../ledger/render.ts';
import { addExamples } from './examples.ts';

export interface LedgerCheckOptions extends LedgerScope {
  readonly limit: number;
}

const mostRows = 1_000;

export function define(ledger: Command, launch: Launch): void {
  const command = ledger
    .command('check')
    .description(
      'whether the ledger agrees with itself: what is posted is what the facts come to, and no two facts disagree. ' +
        'It does not ask the provider what its own balance is',
    )
    .argument('[account]', 'only this account of a provider, as events name it: acct_1.live')
    .option('--tenant <tnt_…>', 'of this tenant; of every tenant of the sources file unless given')
    .option('--limit <n>', 'objects to name at most', countArgument(1, mostRows), 20)
    .action((account: string | undefined, options: Omit<LedgerCheckOptions, 'account'>) =>
      launch(run, { ...options, ...(account === undefined ? {} : { account }) }),
    );
  addExamples(command, [
    ['trunkline ledger check', 'ends with 1 where something is not right'],
    ['trunkline ledger check acct_1.live --json', 'one account, for monitoring'],
  ]);
}

export async function run(options: LedgerCheckOptions, context: CommandContext): Promise<ExitName> {
  const check = await readLedger(options, context, (tx) => checkLedger(tx, options));
  context.output.result(check, () => renderCheck(check, context.output));
  return check.differenceCount === 0 && check.contradictionCount === 0 ? 'ok' : 'refused';
}
