import { listEndpoints } from '@trunkline/delivery';
import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import { tenantsAsked } from '../endpoints/find.ts';
import { documentOf, renderEndpoints } from '../endpoints/render.ts';
import type { ExitName } from '../exit-codes.ts';
import { addExamples } from './examples.ts';

export interface EndpointsListOptions {
  readonly tenant?: string;
}

export function define(endpoints: Command, launch: Launch): void {
  const command = endpoints
    .command('list')
    .description('the endpoints, what each receives and how it fares')
    .option('--tenant <tnt_…>', 'of this tenant')
    .action((options: EndpointsListOptions) => launch(run, options));
  addExamples(command, [['trunkline endpoints list', 'which receivers fail, and since when']]);
}

export async function run({ tenant }: EndpointsListOptions, context: CommandContext): Promise<ExitName> {
  const { output, signal, clock } = context;
  const endpoints = await withDatabase(context, 'delivery', async (database) =>
    listEndpoints(database, { tenants: await tenantsAsked(database, tenant, context), signal }),
  );
  output.result({ endpoints: endpoints.map(documentOf) }, () =>
    endpoints.length === 0 ? 'no endpoints' : renderEndpoints(endpoints, clock(), output.style),
  );
  return 'ok';
}
