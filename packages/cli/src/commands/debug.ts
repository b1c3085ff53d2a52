import { TrunklineError } from '@trunkline/core';
import { type DebugLog, type DebugSummary, hasIndex, mostDebugHours, readDebugSummary } from '@trunkline/journal';
import type { Command } from 'commander';

import { countArgument } from '../arguments.ts';
import { requireListed } from '../closed-lists.ts';
import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import type { ExitName } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { renderNarrowTable } from '../render/narrow-table.ts';
import { type OnceEach, onceEach, timesText } from '../render/once-each.ts';
import { renderPairs } from '../render/table.ts';
import { addExamples } from './examples.ts';

export interface DebugOptions {
  readonly source?: string;
  readonly hours: number;
}

export function define(program: Command, launch: Launch): void {
  const command = program
    .command('debug')
    .description('recent webhooks: how many there were, what failed most, and the latest steps')
    .option('--source <id>', 'only of this source')
    .option('--hours <n>', 'so far back', countArgument(1, mostDebugHours), 24)
    .action((options: DebugOptions) => launch(run, options));
  addExamples(command, [
    ['trunkline debug', 'all sources, the last day'],
    ['trunkline debug --source src_stripe_demo --hours 2 --json', 'what GET /debug/webhooks of the journal answers'],
  ]);
}

export async function run({ source, hours }: DebugOptions, context: CommandContext): Promise<ExitName> {
  await requireListed({ source }, context);
  const { signal } = context;
  const summary = await withDatabase(context, 'journal', async (database) => {
    if (!(await hasIndex(database, signal)))
      throw new TrunklineError(
        'config_invalid',
        'there is no journal to ask: start services/journal (npm start does, unless TRUNKLINE_JOURNAL=0)',
      );
    return await readDebugSummary(database, { scope: 'all', source, hours, nowMs: context.clock(), signal });
  });
  context.output.result(summary, () => renderSummary(summary, context.output));
  return 'ok';
}

/** For a person, in whatever width there is. */
export function renderSummary(
  { summary, metrics, logs }: DebugSummary,
  { style, width }: Pick<Output, 'style' | 'width'>,
): string {
  const { totalEvents, successRate, commonErrors } = summary;
  const { latency } = metrics;
  const head = renderPairs(
    [
      ['webhooks', String(totalEvents)],
      ['went well', successRate === undefined ? 'none came' : `${(successRate * 100).toFixed(2)} %`],
      ['verdicts', textOf(metrics.deliveries)],
      ['events', textOf(metrics.events)],
      ['latency', latency && `p50 ${latency.p50Ms} ms, p95 ${latency.p95Ms} ms, p99 ${latency.p99Ms} ms at most`],
    ],
    style,
  );
  const errors = renderNarrowTable(
    [
      { title: 'ERRORS', value: ({ count }: (typeof commonErrors)[number]) => String(count), align: 'right' },
      { title: 'WHERE', value: ({ where }) => where },
      { title: 'CODE', value: ({ code }) => code, least: 16 },
    ],
    commonErrors,
    { style, width },
  );
  const steps = renderNarrowTable(
    [
      { title: 'AT', value: ({ row }: OnceEach<DebugLog>) => row.at, dropRank: 2 },
      { title: 'WHAT', value: ({ row }) => row.what },
      { title: 'TIMES', value: timesText, align: 'right', dropRank: 1 },
      { title: 'SOURCE', value: ({ row }) => row.source ?? '', dropRank: 3 },
      { title: 'NAME', value: ({ row }) => row.name, least: 12 },
      { title: 'CODE', value: ({ row }) => row.code ?? '', least: 8 },
      { title: 'ID', value: ({ row }) => idOf(row) },
    ],
    onceEach(logs, (log) => [log.what, log.name, log.code, idOf(log)].join(' ')),
    { style, width },
  );
  return [head, ...(commonErrors.length === 0 ? [] : [errors]), ...(logs.length === 0 ? [] : [steps])].join('\n\n');
}

function idOf({ eventId, deliveryId }: DebugLog): string {
  return eventId ?? deliveryId ?? '';
}

function textOf(counts: Readonly<Record<string, number>>): string | undefined {
  const parts = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  return parts.length === 0 ? undefined : parts.join(', ');
}
