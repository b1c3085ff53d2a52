import { askRotation, listKeyUses } from '@trunkline/connections';
import type { Command } from 'commander';

import { awaitWork } from '../connections/await-work.ts';
import { nobodyThere } from '../connections/failures.ts';
import { renderKeys, useOf } from '../connections/render.ts';
import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import { actorOf } from '../dead-letters/actor.ts';
import type { ExitName } from '../exit-codes.ts';
import { addExamples } from './examples.ts';

export function define(vault: Command, launch: Launch): void {
  const command = vault
    .command('rotate')
    .description('seal the keys of all connections again, with the first key of TRUNKLINE_VAULT_KEYS')
    .action(() => launch(run, undefined));
  addExamples(command, [
    ['trunkline vault rotate', 'after a new key was put first in the list and services/connections restarted'],
  ]);
}

export async function run(_options: undefined, context: CommandContext): Promise<ExitName> {
  const { output, signal } = context;
  const actor = actorOf(context);
  const progress = output.progress('rotating');
  try {
    return await withDatabase(context, 'connections', async (database) => {
      const all = (await listKeyUses(database, signal)).reduce((sum, { rows }) => sum + rows, 0);
      await askRotation(database, { actor });
      const rotation = await awaitWork(database, 'rotation', {
        signal,
        onProgress: (work) => progress.update(work.progress, all),
      });
      progress.end();
      if (rotation === undefined) return signal.aborted ? 'interrupted' : output.failure(nobodyThere('the rotation'));
      const keys = await listKeyUses(database, signal);
      output.result({ rotated: rotation.progress, keys: keys.map((key) => ({ ...key, use: useOf(key) })) }, () =>
        [
          `${output.style.good('✓')} ${rotation.progress} keys sealed anew`,
          renderKeys(keys, rotation, output.style),
        ].join('\n\n'),
      );
      return 'ok';
    });
  } finally {
    progress.end();
  }
}
