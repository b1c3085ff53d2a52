import { type EndpointId, findEndpoint } from '@trunkline/delivery';
import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import { endpointArgument, noSuchEndpoint } from '../endpoints/find.ts';
import { documentOf, renderEndpoint } from '../endpoints/render.ts';
import type { ExitName } from '../exit-codes.ts';
import { addExamples } from './examples.ts';

export interface EndpointsShowOptions {
  readonly id: EndpointId;
}

export function define(endpoints: Command, launch: Launch): void {
  const command = endpoints
    .command('show')
    .description('one endpoint: what it receives and when, how it fares, and its signing secrets')
    .argument('<ep_…>', 'the endpoint', endpointArgument)
    .action((id: EndpointId) => launch(run, { id }));
  addExamples(command, [['trunkline endpoints show ep_0193512b1c7b7d2e…', 'why it is disabled, and since when']]);
}

export async function run({ id }: EndpointsShowOptions, context: CommandContext): Promise<ExitName> {
  const { output, signal, clock } = context;
  const known = await withDatabase(context, 'delivery', (database) => findEndpoint(database, id, signal));
  if (known === undefined) return noSuchEndpoint(id, context);
  output.result(documentOf(known), () => renderEndpoint(known, clock(), output.style));
  return 'ok';
}
