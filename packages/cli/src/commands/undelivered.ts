import {
  countUndelivered,
  type EndpointId,
  listUndelivered,
  undeliveredKinds,
  undeliveredReason,
} from '@trunkline/delivery';
import { formatTime } from '@trunkline/operations/units';
import { type Command, InvalidArgumentError } from 'commander';

import { countArgument, type Moment, momentMs, momentOption } from '../arguments.ts';
import { requireListed } from '../closed-lists.ts';
import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import { endpointArgument } from '../endpoints/find.ts';
import type { ExitName } from '../exit-codes.ts';
import { renderTable } from '../render/table.ts';
import { tenantToRead } from '../rows/tenant.ts';
import { addExamples } from './examples.ts';

export interface UndeliveredOptions {
  readonly tenant?: string;
  readonly endpoint?: EndpointId;
  readonly reason?: string;
  readonly since: Moment;
  readonly summary?: boolean;
  readonly limit: number;
}

export function define(program: Command, launch: Launch): void {
  const command = program
    .command('undelivered')
    .description(
      'events that endpoints of a tenant have not received, and the reason as it is now: a row per event and endpoint',
    )
    .option('--tenant <tnt_…>', 'whose; needed where the sources file has several tenants')
    .option('--endpoint <ep_…>', 'only of this endpoint', endpointArgument)
    .addOption(momentOption('--since <time>', 'accepted since: 2h ago, or an instant', '24h'))
    .option(
      '--reason <reason>',
      'only for this one, or what it begins with: waiting, exhausted/http_5xx',
      reasonArgument,
    )
    .option('--summary', 'how many of each reason')
    .option('--limit <n>', 'at most', countArgument(1, 10_000), 100)
    .action((options: UndeliveredOptions) => launch(run, options));
  addExamples(command, [
    ['trunkline undelivered --since 2d', 'what did nobody get since the day before yesterday?'],
    ['trunkline undelivered --endpoint ep_0193512b1c7b7d2e… --summary', 'how much, and why'],
  ]);
}

export async function run(options: UndeliveredOptions, context: CommandContext): Promise<ExitName> {
  const { output, signal, clock } = context;
  const { tenant, endpoint, reason, since, limit } = options;
  await requireListed({ tenant }, context);
  const asked = tenant ?? (await tenantToRead(context));
  const question = { tenant: asked, sinceMs: momentMs(since, clock()), endpointId: endpoint, reason, signal };
  if (options.summary === true) {
    const counts = await withDatabase(context, 'delivery', (database) => countUndelivered(database, question));
    output.result({ tenant: asked, counts }, () =>
      counts.length === 0
        ? nothing(asked, options)
        : renderTable(
            [
              { title: 'REASON', value: ({ reason }) => reason },
              { title: 'EVENTS', value: ({ count }) => String(count), align: 'right' },
            ],
            counts,
            output.style,
          ),
    );
    return 'ok';
  }
  const found = await withDatabase(context, 'delivery', (database) =>
    listUndelivered(database, { ...question, limit }),
  );
  output.result(
    {
      tenant: asked,
      undelivered: found.map(({ atMs, nextAtMs, ...rest }) => ({
        ...rest,
        at: formatTime(atMs),
        nextAt: nextAtMs === null ? null : formatTime(nextAtMs),
      })),
    },
    () =>
      found.length === 0
        ? nothing(asked, options)
        : renderTable(
            [
              { title: 'EVENT', value: ({ eventId }) => eventId },
              { title: 'TYPE', value: ({ type }) => type },
              { title: 'ENDPOINT', value: ({ endpointId }) => endpointId ?? '' },
              { title: 'REASON', value: ({ reason }) => reason },
              { title: 'NEXT', value: ({ nextAtMs }) => (nextAtMs === null ? '' : formatTime(nextAtMs)) },
            ],
            found,
            output.style,
          ),
  );
  return 'ok';
}

function nothing(tenant: string, { endpoint, reason }: UndeliveredOptions): string {
  const whom = endpoint ?? `endpoints of ${tenant}`;
  return reason === undefined
    ? `everything that was meant for ${whom} has arrived`
    : `nothing that was meant for ${whom} is ${reason}`;
}

function reasonArgument(text: string): string {
  if (!undeliveredReason.test(text)) {
    throw new InvalidArgumentError(`A reason begins with one of ${undeliveredKinds.join(', ')}.`);
  }
  return text;
}
