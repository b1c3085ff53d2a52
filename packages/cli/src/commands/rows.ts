import { groups } from '@trunkline/operations/groups';
import type { Command } from 'commander';

import { countArgument } from '../arguments.ts';
import { requireListed, requireOneOf } from '../closed-lists.ts';
import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import type { ExitName } from '../exit-codes.ts';
import { readTable, tablesOf } from '../rows/read-table.ts';
import { renderRows } from '../rows/render.ts';
import { tenantToRead } from '../rows/tenant.ts';
import { addExamples } from './examples.ts';

export interface RowsOptions {
  readonly table: string;
  readonly tenant?: string;
  readonly limit: number;
}

const mostRows = 1_000;

export function define(program: Command, launch: Launch): void {
  const command = program
    .command('rows')
    .description("the rows of one tenant in a service's table; psql shows none unless it names a tenant")
    .argument('<table>', 'schema and table: payments.payment, telephony.call, …')
    .option('--tenant <tnt_…>', 'whose rows; needed where the sources file has several tenants')
    .option('--limit <n>', 'rows at most', countArgument(1, mostRows), 20)
    .action((table: string, options: Omit<RowsOptions, 'table'>) => launch(run, { ...options, table }));
  addExamples(command, [
    ['trunkline rows telephony.call', 'what is known of calls'],
    ['trunkline rows payments.payment --tenant tnt_demo --json', 'for a script, every column'],
  ]);
}

export async function run({ table, tenant, limit }: RowsOptions, context: CommandContext): Promise<ExitName> {
  await requireListed({ tenant }, context);
  const [schema = '', name = ''] = table.split('.', 2);
  requireOneOf(
    'schema of a service',
    schema,
    groups.map((group) => group.schema),
  );
  const asked = tenant ?? (await tenantToRead(context));
  const rows = await withDatabase(context, schema, async (database) => {
    const tables = await tablesOf(database, context.signal);
    requireOneOf(
      'table',
      table,
      tables.map((each) => `${schema}.${each.name}`),
    );
    const isView = tables.some((each) => each.isView && each.name === name);
    return await readTable(database, { table: { name, isView }, tenant: asked, limit }, context.signal);
  });
  context.output.result({ table, tenant: asked, rows }, () =>
    rows.length === 0
      ? `${table} has no rows of ${asked}`
      : [renderRows(rows, context.output), limitText(rows.length, limit)].filter((part) => part !== '').join('\n\n'),
  );
  return 'ok';
}

function limitText(count: number, limit: number): string {
  return count < limit ? '' : `${count} rows are shown; there may be more (--limit)`;
}
