import { askedWork, listKeyUses } from '@trunkline/connections';
import type { Command } from 'commander';

import { renderKeys, useOf } from '../connections/render.ts';
import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import type { ExitName } from '../exit-codes.ts';
import { addExamples } from './examples.ts';

export function define(vault: Command, launch: Launch): void {
  const command = vault
    .command('status')
    .description('the keys that seal the secrets of connections, by name, and which may leave the list')
    .action(() => launch(run, undefined));
  addExamples(command, [['trunkline vault status', 'after a rotation: may the old key go?']]);
}

/** Fails where a key is missing: what it sealed does not open. */
export async function run(_options: undefined, context: CommandContext): Promise<ExitName> {
  const { output, signal } = context;
  const { keys, rotation } = await withDatabase(context, 'connections', async (database) => ({
    keys: await listKeyUses(database, signal),
    rotation: await askedWork(database, 'rotation', signal),
  }));
  output.result({ keys: keys.map((key) => ({ ...key, use: useOf(key) })), rotation }, () =>
    renderKeys(keys, rotation, output.style),
  );
  return keys.some(({ name, rows }) => name === undefined && rows > 0) ? 'refused' : 'ok';
}
