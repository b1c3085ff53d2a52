import { isEventId, TrunklineError } from '@trunkline/core';
import { filterTrialLimits, type TriedMessage, tryFilter } from '@trunkline/delivery';
import type { Command } from 'commander';

import { collectArgument, countArgument } from '../arguments.ts';
import { requireListed } from '../closed-lists.ts';
import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import type { ExitName } from '../exit-codes.ts';
import type { Style } from '../render/style.ts';
import { renderTable } from '../render/table.ts';
import { tenantToRead } from '../rows/tenant.ts';
import { addExamples } from './examples.ts';

export interface EndpointsCheckOptions {
  readonly tenant?: string;
  readonly types: readonly string[];
  readonly filter: string;
  readonly event?: string;
  readonly last: number;
}

export function define(endpoints: Command, launch: Launch): void {
  const command = endpoints
    .command('check')
    .description('which of the newest messages a filter would let through; changes nothing')
    .requiredOption('--types <types>', 'as of an endpoint; comma-separated or several times', collectArgument)
    .requiredOption('--filter <condition>', 'which of them, in CEL: data.amount > 1000')
    .option('--tenant <tnt_…>', 'whose; needed where the sources file has several tenants')
    .option('--event <evt_…>', 'only this message')
    .option(
      '--last <n>',
      'how many of the newest ones',
      countArgument(1, filterTrialLimits.mostMessages),
      filterTrialLimits.messages,
    )
    .action((options: EndpointsCheckOptions) => launch(run, options));
  addExamples(command, [
    [
      "trunkline endpoints check --types 'payments.*' --filter 'has(data.amount) && data.amount > 1000'",
      'before it is set',
    ],
  ]);
}

export async function run(options: EndpointsCheckOptions, context: CommandContext): Promise<ExitName> {
  const { output, signal } = context;
  const { tenant, types, filter, event, last } = options;
  if (event !== undefined && !isEventId(event))
    throw new TrunklineError('config_invalid', `${JSON.stringify(event)} is no event: evt_ and 32 digits`);
  await requireListed({ tenant }, context);
  const asked = tenant ?? (await tenantToRead(context));
  const tried = await withDatabase(context, 'delivery', (database) =>
    tryFilter(database, { tenant: asked, types, filter, eventId: event, last, signal }),
  );
  const matched = tried.filter(({ judgement }) => judgement.kind === 'matches').length;
  output.result(
    {
      tenant: asked,
      judged: tried.length,
      matched,
      messages: tried.map(({ judgement, ...message }) => ({ ...message, ...judgement })),
    },
    () => render(tried, matched, output.style),
  );
  return 'ok';
}

function render(tried: readonly TriedMessage[], matched: number, style: Style): string {
  if (tried.length === 0) return 'the filter fits the types; no message of them has come yet';
  const table = renderTable<TriedMessage>(
    [
      { title: 'EVENT', value: ({ eventId }) => eventId },
      { title: 'TYPE', value: ({ type }) => type },
      {
        title: 'FILTER',
        value: ({ judgement }) => (judgement.kind === 'failed' ? `failed: ${judgement.reason}` : judgement.kind),
      },
    ],
    tried,
    style,
  );
  return `${table}\n\nwould have matched ${matched} of ${tried.length}`;
}
