import { createTopicAdmin } from '@trunkline/kafka';
import { accountOf, type GroupAccount, groups } from '@trunkline/operations';
import type { Command } from 'commander';

import { type Moment, momentArgument, momentMs, momentOption } from '../arguments.ts';
import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import type { ExitName } from '../exit-codes.ts';
import { requireGroup } from '../group-argument.ts';
import { openKafka } from '../kafka-access.ts';
import { renderTable } from '../render/table.ts';
import { requireRetryTiers } from '../retry-tiers.ts';
import { addExamples } from './examples.ts';

export interface AccountOptions {
  readonly group?: string;
  readonly since: Moment;
  readonly until?: Moment;
}

const mostShown = 20;

export function define(program: Command, launch: Launch): void {
  const command = program
    .command('account')
    .description(
      'whether every record that a group should have handled is applied, waiting, retrying, parked or dead-lettered',
    )
    .argument('[group]', 'one consumer group; every group unless given')
    .addOption(momentOption('--since <moment>', 'records appended since: 24h, 7d or a time', '24h'))
    .option('--until <moment>', 'appended before; now unless given', momentArgument)
    .action((group: string | undefined, options: Omit<AccountOptions, 'group'>) =>
      launch(run, group === undefined ? options : { ...options, group }),
    );
  addExamples(command, [
    ['trunkline account', 'of the last day, all groups: ends with 1 where anything is missing'],
    ['trunkline account payments --since 7d', 'as far back as the topics reach'],
  ]);
}

export async function run(options: AccountOptions, context: CommandContext): Promise<ExitName> {
  const { output, signal } = context;
  const nowMs = context.clock();
  const sinceMs = momentMs(options.since, nowMs);
  const untilMs = options.until === undefined ? nowMs : momentMs(options.until, nowMs);
  const chosen = options.group === undefined ? groups : [requireGroup(options.group)];
  const retryTiers = requireRetryTiers(context.settings);
  const connection = openKafka(context);
  const admin = createTopicAdmin(connection);
  const progress = output.progress('reading');
  try {
    const accounts: GroupAccount[] = [];
    for (const group of chosen) {
      const account = await withDatabase(context, group.schema, (database) =>
        accountOf({ connection, admin, database, progress, signal }, group, { sinceMs, untilMs, retryTiers }),
      );
      accounts.push(account);
    }
    progress.end();
    const missing = accounts.reduce((sum, { unaccounted }) => sum + unaccounted.length, 0);
    const document = {
      since: new Date(sinceMs).toISOString(),
      until: new Date(untilMs).toISOString(),
      missing,
      accounts,
    };
    output.result(document, () => renderAccounts(accounts, context));
    return missing === 0 ? 'ok' : 'refused';
  } finally {
    progress.end();
    await admin.close();
  }
}

function renderAccounts(accounts: readonly GroupAccount[], { output: { style } }: CommandContext): string {
  const missing = accounts.flatMap(({ group, unaccounted }) => unaccounted.map((record) => ({ group, record })));
  const number = (title: string, value: (account: GroupAccount) => number) => ({
    title,
    value: (account: GroupAccount) => String(value(account)),
    align: 'right' as const,
  });
  const table = renderTable(
    [
      { title: 'GROUP', value: ({ group }) => group },
      number('PROMISED', ({ promised }) => promised),
      number('APPLIED', ({ applied }) => applied),
      number('WAITING', ({ waiting }) => waiting),
      number('RETRYING', ({ retrying }) => retrying),
      number('PARKED', ({ parked }) => parked),
      number('DEAD', ({ dead }) => dead),
      number('MISSING', ({ unaccounted }) => unaccounted.length),
    ],
    accounts,
    style,
  );
  if (missing.length === 0) return `${table}\n\n${style.good('✓')} everything is accounted for`;
  const shown = missing
    .slice(0, mostShown)
    .map(({ group, record }) => `${group}  ${record.recordId ?? 'no id'}  ${record.place}`);
  const more = missing.length > mostShown ? [`and ${missing.length - mostShown} more: --json`] : [];
  return [table, '', ...shown, ...more, '', 'see docs/runbooks/unaccounted-events.md'].join('\n');
}
