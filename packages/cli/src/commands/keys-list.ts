import { type BlockedKey, listBlockedKeys } from '@trunkline/postgres';
import type { Command } from 'commander';

import { countArgument } from '../arguments.ts';
import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import type { ExitName } from '../exit-codes.ts';
import { requireGroup } from '../group-argument.ts';
import { documentOf, whenText } from '../keys/document.ts';
import { renderPairs, renderTable } from '../render/table.ts';
import { addExamples } from './examples.ts';

export interface KeysListOptions {
  readonly group: string;
  readonly passed?: boolean;
  readonly limit: number;
}

const mostKeys = 1_000;

export function define(keys: Command, launch: Launch): void {
  const command = keys
    .command('list')
    .description('record keys whose events wait behind one that failed, longest wait first')
    .argument('<group>', 'the consumer group: telephony, …')
    .option('--passed', 'also those of which nothing waits, but a dead letter is known')
    .option('--limit <n>', 'keys at most', countArgument(1, mostKeys), 50)
    .action((group: string, options: Omit<KeysListOptions, 'group'>) => launch(run, { ...options, group }));
  addExamples(command, [['trunkline keys list telephony', 'which threads of messages wait, and for what']]);
}

export async function run(options: KeysListOptions, context: CommandContext): Promise<ExitName> {
  const { output, signal } = context;
  const group = requireGroup(options.group);
  const found = await withDatabase(context, group.schema, (database) =>
    listBlockedKeys(database, { limit: options.limit, passed: options.passed === true, signal }),
  );
  output.result({ group: group.name, keys: found.map((key) => documentOf(key)) }, () =>
    found.length === 0 ? `no key of ${group.name} waits` : renderKeys(found, group.name, context),
  );
  return 'ok';
}

function renderKeys(keys: readonly BlockedKey[], group: string, { clock, output: { style } }: CommandContext): string {
  const table = renderTable(
    [
      { title: 'KEY', value: ({ recordKey }) => recordKey },
      { title: 'STATE', value: ({ state }) => state },
      { title: 'WAITING', value: ({ waiting }) => String(waiting), align: 'right' },
      { title: 'FAILED WITH', value: ({ code }) => code },
      { title: 'NEXT', value: (key) => whenText(key, clock()) },
    ],
    keys,
    style,
  );
  const next = renderPairs([['why?', `trunkline keys show ${group} '${keys[0]?.recordKey}'`]], style);
  return `${table}\n\n${next}`;
}
