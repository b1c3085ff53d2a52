import {
  type Changed,
  deleteEndpoint,
  disableEndpoint,
  enableEndpoint,
  type EndpointId,
  type EndpointState,
  pauseEndpoint,
  resumeEndpoint,
} from '@trunkline/delivery';
import type { Database } from '@trunkline/postgres';
import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import { actorOf } from '../dead-letters/actor.ts';
import { endpointArgument, noSuchEndpoint } from '../endpoints/find.ts';
import type { ExitName } from '../exit-codes.ts';
import { addExamples } from './examples.ts';

export interface EndpointsChangeOptions {
  readonly id: EndpointId;
}

/** Of `endpoints pause`, too. */
export interface EndpointsDisableOptions extends EndpointsChangeOptions {
  readonly reason: string;
}

/** `endpoints enable`, `pause`, `resume`, `disable` and `delete`: whether an endpoint is sent to. */
export function define(endpoints: Command, launch: Launch): void {
  const enable = endpoints
    .command('enable')
    .description('send to an endpoint again: messages that wait are sent, those skipped while it was disabled are not')
    .argument('<ep_…>', 'the endpoint', endpointArgument)
    .action((id: EndpointId) => launch(runEnable, { id }));
  addExamples(enable, [['trunkline endpoints enable ep_0193512b1c7b7d2e…', 'the receiver is back']]);
  const pause = endpoints
    .command('pause')
    .description('stop sending to an endpoint for a while: its messages wait, for at most five days')
    .argument('<ep_…>', 'the endpoint', endpointArgument)
    .option('--reason <text>', 'shown with the state of the endpoint', 'by hand')
    .action((id: EndpointId, options: Omit<EndpointsDisableOptions, 'id'>) => launch(runPause, { ...options, id }));
  addExamples(pause, [['trunkline endpoints pause ep_0193512b1c7b7d2e… --reason "release"', 'back in an hour']]);
  const resume = endpoints
    .command('resume')
    .description('end the pause of an endpoint: messages that wait are sent')
    .argument('<ep_…>', 'the endpoint', endpointArgument)
    .action((id: EndpointId) => launch(runResume, { id }));
  addExamples(resume, [['trunkline endpoints resume ep_0193512b1c7b7d2e…', 'the receiver is back']]);
  const disable = endpoints
    .command('disable')
    .description('stop sending to an endpoint: messages that wait keep waiting, new ones are skipped and can be resent')
    .argument('<ep_…>', 'the endpoint', endpointArgument)
    .option('--reason <text>', 'shown with the state of the endpoint', 'by hand')
    .action((id: EndpointId, options: Omit<EndpointsDisableOptions, 'id'>) => launch(runDisable, { ...options, id }));
  addExamples(disable, [['trunkline endpoints disable ep_0193512b1c7b7d2e… --reason "moving"', 'not for now']]);
  const remove = endpoints
    .command('delete')
    .description(
      'delete an endpoint for good: messages that wait are discarded, and its secrets cannot be opened any more',
    )
    .argument('<ep_…>', 'the endpoint', endpointArgument)
    .action((id: EndpointId) => launch(runDelete, { id }));
  addExamples(remove, [['trunkline endpoints delete ep_0193512b1c7b7d2e…', 'nobody is there any more']]);
}

function runEnable({ id }: EndpointsChangeOptions, context: CommandContext): Promise<ExitName> {
  return change({ id, state: 'enabled', apply: enableEndpoint }, context);
}

function runPause({ id, reason }: EndpointsDisableOptions, context: CommandContext): Promise<ExitName> {
  const apply: Apply = (database, given) => pauseEndpoint(database, { ...given, reason });
  return change({ id, state: 'paused', apply }, context);
}

function runResume({ id }: EndpointsChangeOptions, context: CommandContext): Promise<ExitName> {
  return change({ id, state: 'enabled', apply: resumeEndpoint }, context);
}

function runDisable({ id, reason }: EndpointsDisableOptions, context: CommandContext): Promise<ExitName> {
  const apply: Apply = (database, given) => disableEndpoint(database, { ...given, reason });
  return change({ id, state: 'disabled', apply }, context);
}

function runDelete({ id }: EndpointsChangeOptions, context: CommandContext): Promise<ExitName> {
  return change({ id, state: 'deleted', apply: deleteEndpoint }, context);
}

type Apply = (
  database: Database,
  given: { readonly endpointId: EndpointId; readonly actor: string; readonly signal: AbortSignal },
) => Promise<Changed>;

async function change(
  { id, state, apply }: { readonly id: EndpointId; readonly state: EndpointState; readonly apply: Apply },
  context: CommandContext,
): Promise<ExitName> {
  const { output, signal } = context;
  const before = await withDatabase(context, 'delivery', (database) =>
    apply(database, { endpointId: id, actor: actorOf(context), signal }),
  );
  if (before === undefined) return noSuchEndpoint(id, context);
  output.result(
    { endpointId: id, state, before: before.endpoint.state },
    () => `${output.style.good('✓')} ${id} is ${state}`,
  );
  return 'ok';
}
