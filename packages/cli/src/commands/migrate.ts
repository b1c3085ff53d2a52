import { migrate, type MigrationState, migrationStatus } from '@trunkline/postgres';
import type { Command } from 'commander';

import type { CommandContext, Launch } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { migrationTarget, passwordsOf } from '../migrations-access.ts';
import { renderTable } from '../render/table.ts';
import { addExamples } from './examples.ts';

export interface MigrateCommandOptions {
  readonly database?: string;
  readonly status?: boolean;
  readonly setPasswords?: boolean;
}

export function define(program: Command, launch: Launch): void {
  const command = program
    .command('migrate')
    .description('bring the database to the state of this build: roles, schemas, tables; safe to run again')
    .option('--database <name>', 'the database; else the one of the database URL, else trunkline')
    .option('--status', 'only say what is applied and what is pending')
    .option(
      '--set-passwords',
      'give roles that have another password the one of TRUNKLINE_DATABASE_PASSWORD_<SCHEMA|OPERATOR>: whoever uses the other one is locked out',
    )
    .action((options: MigrateCommandOptions) => launch(run, options));
  addExamples(command, [
    ['trunkline migrate --status', 'what would run'],
    [
      'trunkline migrate --postgres-admin-url postgres://postgres:…@db:5432/postgres',
      'somewhere else than the run of npm start',
    ],
  ]);
}

export async function run(options: MigrateCommandOptions, context: CommandContext): Promise<ExitName> {
  const { output, settings } = context;
  const target = migrationTarget(settings, options.database);
  const applied: string[] = [];
  if (options.status !== true) {
    await migrate({
      ...target,
      passwords: passwordsOf(settings),
      setPasswords: options.setPasswords === true,
      onProgress: (message) => {
        applied.push(message);
        output.note(message);
      },
    });
  }
  const states = await migrationStatus(target);
  const inOrder = states.every(({ state }) => state === 'applied');
  output.result({ database: target.database, inOrder, done: applied, migrations: states }, () =>
    [
      renderTable<MigrationState>(
        [
          { title: 'SCHEMA', value: ({ schema }) => schema },
          { title: 'MIGRATION', value: ({ name }) => name },
          {
            title: 'STATE',
            value: ({ state }) => state,
            paint: (cell, { state }) => (state === 'applied' ? output.style.good(cell) : output.style.bad(cell)),
          },
        ],
        states,
        output.style,
      ),
      inOrder
        ? `${output.style.good('✓')} ${target.database} is up to date`
        : `${target.database} is behind this build: trunkline migrate`,
    ].join('\n'),
  );
  return inOrder ? 'ok' : 'refused';
}
