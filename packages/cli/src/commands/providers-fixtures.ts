import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { findProvider } from '../pick-source.ts';
import { type FixtureChange, writeExpectedEvents } from '../providers/expected-events.ts';
import { printable, type Style } from '../render/style.ts';
import { addExamples } from './examples.ts';

export interface FixturesOptions {
  readonly provider: string;
  readonly check?: boolean;
}

export function define(group: Command, launch: Launch): void {
  const command = group
    .command('fixtures')
    .description('write what each fixture of a provider becomes (<event>.events.json), and show what changed')
    .argument('<provider>', 'the folder below packages/providers/src')
    .option('--check', 'write nothing; exit 1 where something would change')
    .action((provider: string, options: Omit<FixturesOptions, 'provider'>) => launch(run, { ...options, provider }));
  addExamples(command, [
    [
      'trunkline providers fixtures paddle',
      'after a fixture or the normaliser changed: read the difference, then commit it',
    ],
    ['trunkline providers fixtures paddle --check', 'see it without writing'],
  ]);
}

export async function run(options: FixturesOptions, context: CommandContext): Promise<ExitName> {
  const provider = findProvider(options.provider);
  const changes = await writeExpectedEvents(provider, { directory: context.directory, write: options.check !== true });
  context.output.result({ provider: provider.name, written: options.check !== true, changes }, () =>
    changes.length === 0
      ? `${context.output.style.good('✓')} every fixture of ${provider.name} becomes what its file expects`
      : changes.map((change) => renderChange(change, context.output.style)).join('\n'),
  );
  return options.check === true && changes.length > 0 ? 'refused' : 'ok';
}

function renderChange({ file, removed, added }: FixtureChange, style: Style): string {
  return [
    style.strong(file),
    ...removed.map((line) => style.bad(printable(`- ${line}`))),
    ...added.map((line) => style.good(printable(`+ ${line}`))),
  ].join('\n');
}
