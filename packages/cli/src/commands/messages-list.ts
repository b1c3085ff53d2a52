import { listMessages, type Message } from '@trunkline/delivery';
import { formatTime } from '@trunkline/operations/units';
import type { Command } from 'commander';

import { countArgument } from '../arguments.ts';
import { requireListed } from '../closed-lists.ts';
import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import type { ExitName } from '../exit-codes.ts';
import { renderTable } from '../render/table.ts';
import { tenantToRead } from '../rows/tenant.ts';
import { addExamples } from './examples.ts';

export interface MessagesListOptions {
  readonly tenant?: string;
  readonly type?: string;
  readonly limit: number;
}

export function define(messages: Command, launch: Launch): void {
  const command = messages
    .command('list')
    .description('the newest events that endpoints of a tenant were to receive')
    .option('--tenant <tnt_…>', 'whose; needed where the sources file has several tenants')
    .option('--type <event type>', 'only of this type')
    .option('--limit <n>', 'at most', countArgument(1, 1_000), 50)
    .action((options: MessagesListOptions) => launch(run, options));
  addExamples(command, [['trunkline messages list --type payments.payment.failed', 'the newest of a type']]);
}

export async function run({ tenant, type, limit }: MessagesListOptions, context: CommandContext): Promise<ExitName> {
  const { output, signal } = context;
  await requireListed({ tenant, type }, context);
  const asked = tenant ?? (await tenantToRead(context));
  const messages = await withDatabase(context, 'delivery', (database) =>
    listMessages(database, { tenant: asked, type, limit, signal }),
  );
  output.result({ tenant: asked, messages: messages.map(documentOfMessage) }, () =>
    messages.length === 0
      ? `no endpoint of ${asked} was to be told of anything yet`
      : renderTable(
          [
            { title: 'EVENT', value: ({ eventId }) => eventId },
            { title: 'TYPE', value: (message) => message.type },
            { title: 'ACCEPTED', value: ({ acceptedAtMs }) => formatTime(acceptedAtMs) },
            { title: 'ENDPOINTS', value: ({ matched }) => String(matched), align: 'right' },
            { title: 'BYTES', value: ({ bytes }) => String(bytes), align: 'right' },
          ],
          messages,
          output.style,
        ),
  );
  return 'ok';
}

/** A message as `--json` prints it. */
export function documentOfMessage({ acceptedAtMs, occurredAtMs, ...rest }: Message): Readonly<Record<string, unknown>> {
  return { ...rest, acceptedAt: formatTime(acceptedAtMs), occurredAt: formatTime(occurredAtMs) };
}
