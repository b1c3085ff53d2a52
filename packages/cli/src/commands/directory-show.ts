import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import { phonesToShow, renderDirectory } from '../directory/render.ts';
import type { ExitName } from '../exit-codes.ts';
import { openCatalog, openDirectory } from '../source-access.ts';
import { addExamples } from './examples.ts';

export interface DirectoryShowOptions {
  readonly tenant?: string;
}

export function define(directory: Command, launch: Launch): void {
  const command = directory
    .command('show')
    .description('the phones of the sources file, their owners, and who is told what by which channel')
    .option('--tenant <tnt_…>', 'of this tenant only')
    .action((options: DirectoryShowOptions) => launch(run, options));
  addExamples(command, [
    ['trunkline directory show', 'of every tenant'],
    ['trunkline directory show --tenant tnt_demo --json', 'for a script'],
  ]);
}

export async function run({ tenant }: DirectoryShowOptions, context: CommandContext): Promise<ExitName> {
  const catalog = await openCatalog(context);
  const directory = await openDirectory(context);
  const tenants = catalog.tenants().filter((each) => tenant === undefined || each === tenant);
  const phones = phonesToShow(directory, tenants);
  context.output.result({ phones }, () => renderDirectory(phones, context.output.style));
  return 'ok';
}
