import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { findProvider } from '../pick-source.ts';
import { factsOf } from '../providers/facts.ts';
import { renderFacts } from '../providers/render.ts';
import { addExamples } from './examples.ts';

export interface ShowOptions {
  readonly provider: string;
}

export function define(group: Command, launch: Launch): void {
  const command = group
    .command('show')
    .description('everything about one provider: what to click, options, events, delivery contract, pitfalls')
    .argument('<provider>', 'stripe, generic, …')
    .action((provider: string) => launch(run, { provider }));
  addExamples(command, [
    ['trunkline providers show stripe', 'before a source is configured'],
    ['trunkline providers show generic --json', 'for a program'],
  ]);
}

export function run(options: ShowOptions, { output }: CommandContext): Promise<ExitName> {
  const facts = factsOf(findProvider(options.provider));
  output.result(facts, () => renderFacts(facts, output.style));
  return Promise.resolve('ok');
}
