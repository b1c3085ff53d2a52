import { formatTime } from '@trunkline/operations/units';
import type { Command } from 'commander';

import { type Moment, momentArgument, momentMs } from '../arguments.ts';
import type { CommandContext, Launch } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { readBalances } from '../ledger/balances.ts';
import { type LedgerScope, readLedger } from '../ledger/open.ts';
import { renderBalances } from '../ledger/render.ts';
import { addExamples } from './examples.ts';

export interface LedgerBalanceOptions extends LedgerScope {
  readonly asOf?: Moment;
}

export function define(ledger: Command, launch: Launch): void {
  const command = ledger
    .command('balance')
    .description('the balance of each account by what its provider reported: minor units, a row per currency')
    .option('--tenant <tnt_…>', 'of this tenant; of every tenant of the sources file unless given')
    .option('--account <id>', 'of this account of a provider, as events name it: acct_1.live')
    .option('--as-of <when>', 'by what had happened until then: 2h ago, or a time', momentArgument)
    .action((options: LedgerBalanceOptions) => launch(run, options));
  addExamples(command, [
    ['trunkline ledger balance', 'every account'],
    ['trunkline ledger balance --as-of 2025-01-01T00:00:00Z', 'at the end of a year'],
  ]);
}

export async function run(options: LedgerBalanceOptions, context: CommandContext): Promise<ExitName> {
  const { account, asOf } = options;
  const asOfMs = asOf === undefined ? undefined : momentMs(asOf, context.clock());
  const balances = await readLedger(options, context, (tx) => readBalances(tx, { account, asOfMs }));
  const at = asOfMs === undefined ? null : formatTime(asOfMs);
  context.output.result({ asOf: at, balances }, () =>
    balances.length === 0
      ? `nothing is posted${account === undefined ? '' : ` of account ${account}`}${at === null ? '' : ` until ${at}`}`
      : renderBalances(balances, context.output),
  );
  context.output.note('debits less credits in minor units; each row adds up to 0');
  return 'ok';
}
