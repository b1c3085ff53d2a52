import { askCheck, findConnection } from '@trunkline/connections';
import type { Command } from 'commander';

import { awaitWork } from '../connections/await-work.ts';
import { nobodyThere, noSuchConnection } from '../connections/failures.ts';
import { renderConnection } from '../connections/render.ts';
import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import type { ExitName } from '../exit-codes.ts';
import { addExamples } from './examples.ts';

export function define(connections: Command, launch: Launch): void {
  const command = connections
    .command('check')
    .description('ask the provider now whether the credentials are good, and whose they are')
    .argument('<id>', 'the id of the connection: con_…')
    .action((id: string) => launch(run, { id }));
  addExamples(command, [
    ['trunkline connections check con_twilio_acme', 'after its key was replaced; fails unless active'],
  ]);
}

export async function run({ id }: { readonly id: string }, context: CommandContext): Promise<ExitName> {
  const { output, signal } = context;
  const checked = await withDatabase(context, 'connections', async (database) => {
    if (!(await askCheck(database, id))) return 'unknown';
    const work = await awaitWork(database, { check: id }, { signal });
    return work === undefined ? 'untaken' : ((await findConnection(database, id, signal)) ?? 'unknown');
  });
  if (checked === 'unknown') return output.failure(noSuchConnection(id));
  if (checked === 'untaken') return signal.aborted ? 'interrupted' : output.failure(nobodyThere(`a check of ${id}`));
  output.result({ connection: checked }, () => renderConnection({ connection: checked }, output.style));
  return checked.state === 'active' ? 'ok' : 'refused';
}
