import type { Command } from 'commander';

import { requireListed } from '../closed-lists.ts';
import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import { actorOf } from '../dead-letters/actor.ts';
import { relink } from '../directory/relink.ts';
import type { ExitName } from '../exit-codes.ts';
import { renderTable } from '../render/table.ts';
import { tenantToRead } from '../rows/tenant.ts';
import { openDirectory } from '../source-access.ts';
import { addExamples } from './examples.ts';

export interface DirectoryRelinkOptions {
  readonly tenant?: string;
  readonly dryRun?: boolean;
}

export function define(directory: Command, launch: Launch): void {
  const command = directory
    .command('relink')
    .description('move calls and messages of a tenant to the phones that have their numbers now')
    .option('--tenant <tnt_…>', 'whose; needed where the sources file has several tenants')
    .option('--dry-run', 'only say what would change')
    .action((options: DirectoryRelinkOptions) => launch(run, options));
  addExamples(command, [
    ['trunkline directory relink --dry-run', 'after a change of numbers in trunkline.yaml'],
    ['trunkline directory relink', 'write it, and record that in the audit log'],
  ]);
}

export async function run(options: DirectoryRelinkOptions, context: CommandContext): Promise<ExitName> {
  await requireListed({ tenant: options.tenant }, context);
  const tenant = options.tenant ?? (await tenantToRead(context));
  const directory = await openDirectory(context);
  const actor = actorOf(context);
  const dryRun = options.dryRun === true;
  const { output, signal } = context;
  const progress = output.progress('relinking');
  let seen = 0;
  const onProgress = (rows: number): void => {
    seen += rows;
    progress.update(seen);
  };
  try {
    const tables = await withDatabase(context, 'telephony', (database) =>
      relink(database, { directory, tenant, actor, dryRun, signal, onProgress }),
    );
    progress.end();
    output.result({ tenant, dryRun, actor, tables }, () =>
      [
        renderTable(
          [
            { title: 'TABLE', value: ({ table }) => table },
            { title: 'ROWS', value: ({ rows }) => String(rows), align: 'right' },
            { title: 'LINKED', value: ({ linked }) => String(linked), align: 'right' },
            { title: 'MOVED', value: ({ moved }) => String(moved), align: 'right' },
          ],
          tables,
          output.style,
        ),
        ...(dryRun ? ['nothing was changed: this is what would be'] : []),
      ].join('\n'),
    );
  } finally {
    progress.end();
  }
  return 'ok';
}
