import { isEventId, TrunklineError } from '@trunkline/core';
import { endpointIdOf, resendMessage, tenantsWithEndpoints } from '@trunkline/delivery';
import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import { actorOf } from '../dead-letters/actor.ts';
import type { ExitName } from '../exit-codes.ts';
import { addExamples } from './examples.ts';

export interface ResendOptions {
  readonly event: string;
  readonly endpoint?: string | undefined;
}

export function define(program: Command, launch: Launch): void {
  const command = program
    .command('resend')
    .description(
      'send an event to endpoints once more, with the same webhook-id, whether it was delivered, given up or never meant for them; it does not wait for its turn at endpoints that keep order',
    )
    .argument('<evt_…>', 'the event')
    .argument('[ep_…]', 'one endpoint; all that it was meant for unless given')
    .action((event: string, endpoint: string | undefined) => launch(run, { event, endpoint }));
  addExamples(command, [
    ['trunkline resend evt_47fca7c8db0b51af89a63cf6e0ed9357', 'to everybody it was meant for'],
    ['trunkline resend evt_47fca7c8db0b51af89a63cf6e0ed9357 ep_0193512b1c7b7d2e…', 'to one that was made later'],
  ]);
}

export async function run({ event, endpoint }: ResendOptions, context: CommandContext): Promise<ExitName> {
  const { output, signal } = context;
  if (!isEventId(event))
    throw new TrunklineError('config_invalid', `${JSON.stringify(event)} is no event: evt_ and 32 digits`);
  const resent = await withDatabase(context, 'delivery', async (database) =>
    resendMessage(database, {
      eventId: event,
      endpointId: endpoint === undefined ? undefined : endpointIdOf(endpoint),
      tenants: await tenantsWithEndpoints(database, signal),
      actor: actorOf(context),
      signal,
    }),
  );
  if (resent.kind === 'no_message') {
    return output.failure({
      exit: 'not_found',
      code: 'not_found',
      message: `no message of ${event} is kept: its tenant had no endpoint when it came, or it was longer than 30 days ago`,
    });
  }
  const { endpoints, tenantId } = resent;
  output.result({ event, tenant: tenantId, endpoints }, () =>
    [
      `${output.style.good('✓')} ${event} is sent again to ${endpoints.join(', ')}`,
      `see: trunkline messages show ${event}`,
    ].join('\n'),
  );
  return 'ok';
}
