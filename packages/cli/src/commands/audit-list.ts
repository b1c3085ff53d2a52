import { listAudit } from '@trunkline/postgres';
import type { Command } from 'commander';

import { countArgument, type Moment, momentArgument, momentMs } from '../arguments.ts';
import { documentOfEntry, renderEntries } from '../audit/render.ts';
import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import type { ExitName } from '../exit-codes.ts';
import { addExamples } from './examples.ts';

export interface AuditListOptions {
  readonly tenant?: string;
  readonly actor?: string;
  readonly target?: string;
  readonly since?: Moment;
  readonly before?: number;
  readonly limit: number;
}

const mostEntries = 1_000;
/** Of what `countArgument` reads. */
const highestNumber = 999_999_999;

export function define(audit: Command, launch: Launch): void {
  const command = audit
    .command('list')
    .description('who did what by hand, when and why, newest first')
    .option('--tenant <tnt_…>', 'only what concerns this tenant')
    .option('--actor <name>', 'only what this person or key did')
    .option('--target <id>', 'only what was done to this: ltr_…, con_…, ep_…')
    .option('--since <age or time>', 'only since then: 2h, 2025-01-31T12:00:00Z', momentArgument)
    .option('--before <n>', 'only entries with a smaller number: the next page', countArgument(1, highestNumber))
    .option('--limit <n>', 'entries at most', countArgument(1, mostEntries), 50)
    .action((options: AuditListOptions) => launch(run, options));
  addExamples(command, [
    ['trunkline audit list --since 7d', 'what was done this week'],
    ['trunkline audit list --target ltr_…', 'what became of one dead letter, and who decided it'],
    ['trunkline audit list --actor alex --json', 'what one person did, for a script'],
  ]);
}

export async function run({ since, ...filter }: AuditListOptions, context: CommandContext): Promise<ExitName> {
  const { output, signal, clock } = context;
  const sinceMs = since === undefined ? undefined : momentMs(since, clock());
  const entries = await withDatabase(context, 'trunkline', (database) =>
    database.transaction([], (tx) => listAudit(tx, { ...filter, sinceMs }), { signal }),
  );
  output.result({ entries: entries.map(documentOfEntry) }, () =>
    entries.length === 0 ? 'no such entries' : renderEntries(entries, output.style),
  );
  return 'ok';
}
