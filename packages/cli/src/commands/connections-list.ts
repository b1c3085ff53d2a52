import { listConnections } from '@trunkline/connections';
import type { Command } from 'commander';

import { countArgument } from '../arguments.ts';
import { requireListed } from '../closed-lists.ts';
import { renderConnections } from '../connections/render.ts';
import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import type { ExitName } from '../exit-codes.ts';
import { addExamples } from './examples.ts';

export interface ConnectionsListOptions {
  readonly tenant?: string;
  readonly limit: number;
}

const mostConnections = 10_000;

export function define(connections: Command, launch: Launch): void {
  const command = connections
    .command('list')
    .description('the accounts at providers that are called, and whether their credentials are good')
    .option('--tenant <tnt_…>', 'of this tenant only')
    .option('--limit <n>', 'connections at most', countArgument(1, mostConnections), 1_000)
    .action((options: ConnectionsListOptions) => launch(run, options));
  addExamples(command, [['trunkline connections list', 'of every tenant']]);
}

export async function run({ tenant, limit }: ConnectionsListOptions, context: CommandContext): Promise<ExitName> {
  const { output, signal } = context;
  await requireListed({ tenant }, context);
  const connections = await withDatabase(context, 'connections', (database) =>
    listConnections(database, { limit, signal, ...(tenant === undefined ? {} : { tenant }) }),
  );
  output.result({ connections }, () => renderConnections(connections, output.style));
  return 'ok';
}
