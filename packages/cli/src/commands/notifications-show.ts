import { isRequestId } from '@trunkline/core';
import type { Command } from 'commander';

import { requireListed } from '../closed-lists.ts';
import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import type { ExitName } from '../exit-codes.ts';
import { readShownMessage } from '../notifications/read-messages.ts';
import { renderMessage } from '../notifications/render.ts';
import { tenantToRead } from '../rows/tenant.ts';
import { addExamples } from './examples.ts';

export interface NotificationsShowOptions {
  readonly id: string;
  readonly tenant?: string;
}

export function define(notifications: Command, launch: Launch): void {
  const command = notifications
    .command('show')
    .description('one message: its state and why, its text, and every call made to send it')
    .argument('<req_…>', 'the id of the request')
    .option('--tenant <tnt_…>', 'whose; needed where the sources file has several tenants')
    .action((id: string, options: Omit<NotificationsShowOptions, 'id'>) => launch(run, { ...options, id }));
  addExamples(command, [
    ['trunkline notifications show req_e69c0c73684258459711b2b6d059d394', 'whether it was sent, and how it ended'],
  ]);
}

export async function run({ id, tenant }: NotificationsShowOptions, context: CommandContext): Promise<ExitName> {
  await requireListed({ tenant }, context);
  const asked = tenant ?? (await tenantToRead(context));
  const message = isRequestId(id)
    ? await withDatabase(context, 'notifications', (database) =>
        readShownMessage(database, { tenant: asked, requestId: id }, context.signal),
      )
    : undefined;
  if (message === undefined) {
    return context.output.failure({
      exit: 'not_found',
      code: 'not_found',
      message: `${asked} has no message ${id}`,
      fix: 'trunkline notifications list',
    });
  }
  context.output.result({ message }, () => renderMessage(message, context.output.style));
  return 'ok';
}
