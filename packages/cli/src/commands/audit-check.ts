import { type AuditHead, checkAudit, type Database, emptyAudit, hasAuditHead } from '@trunkline/postgres';
import type { Command } from 'commander';

import { headArgument, headText } from '../audit/head.ts';
import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import type { ExitName } from '../exit-codes.ts';
import { addExamples } from './examples.ts';

export interface AuditCheckOptions {
  readonly head?: AuditHead;
}

/** Entries of one statement: 5,000 take about a second of a busy machine, a tenth of what a statement may take. */
const portionEntries = 5_000;

export function define(audit: Command, launch: Launch): void {
  const command = audit
    .command('check')
    .description(
      'whether every entry still stands as it was written: each is sealed over the one before it. ' +
        'Prints the head of the chain; kept elsewhere and given back with --head, it also shows whether entries were cut off at the end',
    )
    .option('--head <number:hash>', 'a head that an earlier check printed, which must still be there', headArgument)
    .action((options: AuditCheckOptions) => launch(run, options));
  addExamples(command, [
    ['trunkline audit check', 'ends with 1 where an entry was changed, put in or taken out'],
    ['trunkline audit check --head 1207:9f86d0…', 'and where entries up to that one were cut off or written anew'],
  ]);
}

export async function run({ head }: AuditCheckOptions, context: CommandContext): Promise<ExitName> {
  const { output, signal } = context;
  const found = await withDatabase(context, 'trunkline', async (database) => ({
    ...(await checkAll(database, signal)),
    headIsMissing: head !== undefined && !(await database.transaction([], (tx) => hasAuditHead(tx, head), { signal })),
  }));
  const { entries, brokenAt, headIsMissing } = found;
  const newHead = found.head.seq === 0 ? null : headText(found.head);
  output.result({ entries, brokenAt: brokenAt ?? null, headIsMissing, head: newHead }, () => {
    const { style } = output;
    const wrong = [
      ...(brokenAt === undefined
        ? []
        : [`entry ${brokenAt} was changed or put in, or stands where another was taken out`]),
      ...(headIsMissing && head !== undefined
        ? [`entry ${head.seq} is not the one that was there: entries were cut off or written anew`]
        : []),
    ];
    if (wrong.length > 0) return style.bad(wrong.join('\n'));
    if (newHead === null) return 'no entries yet';
    return `${style.good(`${entries} entries, each as it was written`)}\nhead  ${newHead}`;
  });
  return brokenAt === undefined && !headIsMissing ? 'ok' : 'refused';
}

interface Checked {
  readonly entries: number;
  readonly brokenAt?: number;
  readonly head: AuditHead;
}

/** Portion by portion, up to the first entry that is not right. */
async function checkAll(database: Database, signal: AbortSignal): Promise<Checked> {
  let entries = 0;
  let head = emptyAudit;
  for (;;) {
    const after = head;
    const portion = await database.transaction([], (tx) => checkAudit(tx, { after, limit: portionEntries }), {
      signal,
    });
    entries += portion.entries;
    head = portion.head;
    if (portion.brokenAt !== undefined) return { entries, brokenAt: portion.brokenAt, head };
    if (portion.entries < portionEntries) return { entries, head };
  }
}
