import { editEndpoint, type EndpointId } from '@trunkline/delivery';
import type { Command } from 'commander';

import { collectArgument } from '../arguments.ts';
import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import { actorOf } from '../dead-letters/actor.ts';
import { endpointArgument, noSuchEndpoint } from '../endpoints/find.ts';
import { addSettings, type SettingsOptions, settingsOf } from '../endpoints/settings.ts';
import type { ExitName } from '../exit-codes.ts';
import { addExamples } from './examples.ts';

export interface EndpointsEditOptions extends SettingsOptions {
  readonly id: EndpointId;
  readonly url?: string;
  readonly types?: readonly string[];
}

export function define(endpoints: Command, launch: Launch): void {
  const command = addSettings(
    endpoints
      .command('edit')
      .description('change settings of an endpoint, for what is sent from now on; what is left out stays as it is')
      .argument('<ep_…>', 'the endpoint', endpointArgument)
      .option('--url <url>', 'where messages are posted to')
      .option(
        '--types <types>',
        'event types, in place of those it has; comma-separated or several times',
        collectArgument,
      ),
  ).action((id: EndpointId, options: Omit<EndpointsEditOptions, 'id'>) => launch(run, { ...options, id }));
  addExamples(command, [
    ['trunkline endpoints edit ep_0193512b1c7b7d2e… --ordering key', 'each customer in order, from now on'],
    ['trunkline endpoints edit ep_0193512b1c7b7d2e… --url https://acme.example/v2', 'the receiver has moved'],
  ]);
}

export async function run(options: EndpointsEditOptions, context: CommandContext): Promise<ExitName> {
  const { output, signal } = context;
  const { id, url, types } = options;
  const before = await withDatabase(context, 'delivery', (database) =>
    editEndpoint(database, { ...settingsOf(options), url, types, endpointId: id, actor: actorOf(context), signal }),
  );
  if (before === undefined) return noSuchEndpoint(id, context);
  output.result({ endpointId: id }, () => `${output.style.good('✓')} ${id} is changed`);
  return 'ok';
}
