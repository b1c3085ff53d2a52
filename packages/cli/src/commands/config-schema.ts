import { sourcesJsonSchema } from '@trunkline/sources';
import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { toJson } from '../output.ts';
import { addExamples } from './examples.ts';

export function define(config: Command, launch: Launch): void {
  const command = config
    .command('schema')
    .description('print the JSON Schema of the sources file, for editors')
    .action(() => launch(run, undefined));
  addExamples(command, [['trunkline config schema > trunkline.schema.json', 'for # yaml-language-server: $schema=…']]);
}

export async function run(_options: undefined, context: CommandContext): Promise<ExitName> {
  const schema = sourcesJsonSchema();
  context.output.result(schema, () => toJson(schema));
  return 'ok';
}
