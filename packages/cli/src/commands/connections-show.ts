import { eventsOf, findConnection } from '@trunkline/connections';
import type { Command } from 'commander';

import { readCalls } from '../connections/calls.ts';
import { noSuchConnection } from '../connections/failures.ts';
import { renderConnection } from '../connections/render.ts';
import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import type { ExitName } from '../exit-codes.ts';
import { addExamples } from './examples.ts';

/** Of what happened to it, the newest. */
const shownEvents = 10;

export function define(connections: Command, launch: Launch): void {
  const command = connections
    .command('show')
    .description('one connection: its state and why, its checks, and what happened to it; never a secret')
    .argument('<id>', 'the id of the connection: con_…')
    .action((id: string) => launch(run, { id }));
  addExamples(command, [['trunkline connections show con_twilio_acme', 'why is it degraded?']]);
}

export async function run({ id }: { readonly id: string }, context: CommandContext): Promise<ExitName> {
  const { output, signal } = context;
  const shown = await withDatabase(context, 'connections', async (database) => {
    const connection = await findConnection(database, id, signal);
    if (connection === undefined) return undefined;
    return { connection, events: await eventsOf(database, connection, { limit: shownEvents, signal }) };
  });
  if (shown === undefined) return output.failure(noSuchConnection(id));
  const services = await readCalls(context, signal);
  const calls = services.map(({ service, calls: { ratesShared, openBreakers } }) => ({
    service,
    ratesShared,
    openUntil: openBreakers.find(({ of, key }) => of === 'connection' && key === id)?.probeAt,
  }));
  output.result({ ...shown, calls }, () => renderConnection({ ...shown, calls }, output.style));
  return 'ok';
}
