import { isEventId, TrunklineError } from '@trunkline/core';
import { type EndpointId, releaseHeld } from '@trunkline/delivery';
import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import { actorOf } from '../dead-letters/actor.ts';
import { endpointArgument, noSuchEndpoint } from '../endpoints/find.ts';
import type { ExitName } from '../exit-codes.ts';
import { addExamples } from './examples.ts';

export interface EndpointsReleaseOptions {
  readonly id: EndpointId;
  readonly event?: string | undefined;
  readonly retry?: boolean;
}

export function define(endpoints: Command, launch: Launch): void {
  const command = endpoints
    .command('release')
    .description('give up messages that block their keys, so that those behind them are sent')
    .argument('<ep_…>', 'the endpoint', endpointArgument)
    .argument('[evt_…]', 'one of them; all unless given')
    .option('--retry', 'try them again in their place, with a whole schedule, and do not give them up')
    .action((id: EndpointId, event: string | undefined, options: Pick<EndpointsReleaseOptions, 'retry'>) =>
      launch(run, { ...options, id, event }),
    );
  addExamples(command, [
    ['trunkline endpoints release ep_0193512b1c7b7d2e… --retry', 'the receiver works again'],
    [
      'trunkline endpoints release ep_0193512b1c7b7d2e… evt_47fca7c8db0b51af89a63cf6e0ed9357',
      'it can do without this one',
    ],
  ]);
}

export async function run(options: EndpointsReleaseOptions, context: CommandContext): Promise<ExitName> {
  const { output, signal } = context;
  const { id, event, retry = false } = options;
  if (event !== undefined && !isEventId(event))
    throw new TrunklineError('config_invalid', `${JSON.stringify(event)} is no event: evt_ and 32 digits`);
  const released = await withDatabase(context, 'delivery', (database) =>
    releaseHeld(database, { endpointId: id, eventId: event, retry, actor: actorOf(context), signal }),
  );
  if (released === undefined) return noSuchEndpoint(id, context);
  output.result({ endpointId: id, released, retry }, () =>
    released.length === 0
      ? `nothing of ${id} holds a key`
      : `${output.style.good('✓')} ${released.length} ${retry ? 'tried again' : 'given up'}; those behind follow`,
  );
  return 'ok';
}
