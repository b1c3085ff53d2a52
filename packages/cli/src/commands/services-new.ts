import { type Command, InvalidArgumentError } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { writeService } from '../services/scaffold/write.ts';
import { addExamples } from './examples.ts';

export interface NewServiceOptions {
  readonly name: string;
  readonly topics: readonly string[];
  readonly port?: number;
}

export function define(group: Command, launch: Launch): void {
  const command = group
    .command('new')
    .description('write the folder of a new consumer service: handlers, migrations and tests of its topics')
    .argument('<name>', 'the folder, the group and the schema: calendar')
    .requiredOption('--topics <topic,…>', 'what it consumes; each becomes a table of newest states', topicsArgument)
    .option('--port <port>', 'its port under npm start; else the next free one', portArgument)
    .action((name: string, options: Omit<NewServiceOptions, 'name'>) => launch(run, { ...options, name }));
  addExamples(command, [
    ['trunkline services new calendar --topics calendar.booking.v1', 'start from a table of bookings'],
  ]);
}

export async function run(options: NewServiceOptions, context: CommandContext): Promise<ExitName> {
  const { name, topics, port } = options;
  const files = await writeService({ name, topics, port }, context.directory);
  const next = ['npm run generate && npm run lock', 'npm run check', `npx vitest run --project int services/${name}`];
  context.output.result({ name, files, next }, () =>
    [
      ...files.map((file) => `${context.output.style.good('✓')} ${file}`),
      '',
      'It keeps the newest state of each entity. Its group, container and database role follow from the folder:',
      ...next.map((line) => context.output.style.accent(line)),
    ].join('\n'),
  );
  return 'ok';
}

function topicsArgument(text: string): readonly string[] {
  return text.split(',').map((topic) => topic.trim());
}

function portArgument(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535) {
    throw new InvalidArgumentError('Give a port number, 1 to 65535.');
  }
  return port;
}
