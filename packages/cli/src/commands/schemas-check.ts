import { checkSchemas } from '@trunkline/operations';
import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { openRegistry } from '../kafka-access.ts';
import { renderSchemas } from '../render-schemas.ts';
import { addExamples } from './examples.ts';

export function define(schemas: Command, launch: Launch): void {
  const command = schemas
    .command('check')
    .description('say which schemas of this build are registered and whether the others may be; changes nothing')
    .action(() => launch(run, undefined));
  addExamples(command, [['trunkline schemas check --json', 'for a pipeline, before a release']]);
}

export async function run(_options: undefined, context: CommandContext): Promise<ExitName> {
  const { output } = context;
  const reports = await checkSchemas(openRegistry(context));
  const inOrder = reports.every(({ state }) => state === 'as before');
  output.result({ inOrder, schemas: reports }, () =>
    [
      renderSchemas(reports, output.style),
      ...(inOrder ? [] : ['', `${output.style.faint('next')}  trunkline schemas register`]),
    ].join('\n'),
  );
  return inOrder ? 'ok' : 'refused';
}
