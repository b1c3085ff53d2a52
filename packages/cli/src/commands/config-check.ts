import { usableSecrets } from '@trunkline/providers';
import { renderProblems } from '@trunkline/sources';
import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { renderNarrowTable } from '../render/narrow-table.ts';
import { readDirectory, readSources } from '../source-access.ts';
import { addExamples } from './examples.ts';

export function define(config: Command, launch: Launch): void {
  const command = config
    .command('check')
    .description('read the sources file and name every mistake with its line and fix')
    .action(() => launch(run, undefined));
  addExamples(command, [
    ['trunkline config check', 'the file of the run, else ./trunkline.yaml'],
    ['trunkline config check --sources-file deploy/trunkline.yaml --json', 'for a pipeline'],
  ]);
}

export async function run(_options: undefined, context: CommandContext): Promise<ExitName> {
  const { output } = context;
  const read = await readSources(context);
  if ('problems' in read) {
    output.result({ file: read.file, ok: false, problems: read.problems }, () =>
      renderProblems(read.file, read.problems).trimEnd(),
    );
    return 'refused';
  }
  const known = await readDirectory(context);
  // Its mistakes are among those of the whole file, of which there are none.
  const directory = 'directory' in known ? known : undefined;
  const warnings = [...read.warnings, ...(directory?.warnings ?? [])];
  const tenants = read.catalog.tenants();
  const people = tenants.flatMap((tenant) => directory?.directory.people(tenant) ?? []).length;
  const phones = tenants.flatMap((tenant) => directory?.directory.phones(tenant) ?? []).length;
  const sources = read.catalog.all().map((source) => ({
    sourceId: source.sourceId,
    tenantId: source.tenantId,
    provider: source.provider.name,
    state: source.state,
    secrets: usableSecrets(source, context.clock()).length,
  }));
  output.result({ file: read.file, ok: true, warnings, sources, people, phones }, () =>
    [
      `${output.style.good('✓')} ${read.file}: no mistakes`,
      ...(warnings.length === 0 ? [] : [output.style.warn(renderProblems(read.file, warnings).trimEnd())]),
      renderNarrowTable(
        [
          { title: 'SOURCE', value: (source) => source.sourceId },
          { title: 'TENANT', value: (source) => source.tenantId, dropRank: 2 },
          { title: 'PROVIDER', value: (source) => source.provider, dropRank: 1 },
          { title: 'STATE', value: (source) => source.state },
          {
            title: 'USABLE SECRETS',
            value: (source) => String(source.secrets),
            align: 'right',
            paint: (cell, source) => (source.secrets === 0 ? output.style.bad(cell) : cell),
          },
        ],
        sources,
        output,
      ),
      ...(people + phones === 0 ? [] : [`phones: ${phones}, people: ${people}`]),
    ].join('\n'),
  );
  return 'ok';
}
