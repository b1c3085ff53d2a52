import { providers } from '@trunkline/providers';
import { listFixtures } from '@trunkline/providers/fixtures';
import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { mappedNames } from '../providers/facts.ts';
import { renderTable } from '../render/table.ts';
import { addExamples } from './examples.ts';

export function define(group: Command, launch: Launch): void {
  const command = group
    .command('list')
    .description('every provider of this build: how it proves its requests and what it maps')
    .action(() => launch(run, undefined));
  addExamples(command, [
    ['trunkline providers list', 'one line each'],
    ['trunkline providers list --json', 'for a program'],
  ]);
}

/** Titles of columns take their place, so a scheme is cut where the line would break; `providers show` has all of it. */
const schemeWidth = 60;

export function run(_options: undefined, { output }: CommandContext): Promise<ExitName> {
  const rows = providers
    .map((provider) => ({
      name: provider.name,
      title: provider.title,
      scheme: provider.scheme,
      domains: provider.domains,
      // Counted as the provider names them; `*` passes on whatever else comes.
      mapped: mappedNames(provider).length,
      fixtures: listFixtures(provider.name).length,
    }))
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
  output.result({ providers: rows }, () =>
    [
      renderTable(
        [
          { title: 'PROVIDER', value: (row) => row.name, paint: (cell) => output.style.accent(cell) },
          { title: 'TITLE', value: (row) => row.title },
          { title: 'SCHEME', value: (row) => row.scheme, maxWidth: schemeWidth },
          { title: 'DOMAINS', value: (row) => row.domains.join(', ') },
          { title: 'MAPPED', value: (row) => String(row.mapped), align: 'right' },
          { title: 'FIXTURES', value: (row) => String(row.fixtures), align: 'right' },
        ],
        rows,
        output.style,
      ),
      output.style.faint(`${rows.length} providers; all of one: trunkline providers show <name>`),
    ].join('\n'),
  );
  return Promise.resolve('ok');
}
