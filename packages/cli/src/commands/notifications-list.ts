import { type Command, Option } from 'commander';

import { countArgument } from '../arguments.ts';
import { requireListed } from '../closed-lists.ts';
import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import type { ExitName } from '../exit-codes.ts';
import { listMessages } from '../notifications/read-messages.ts';
import { renderMessages } from '../notifications/render.ts';
import { type MessageState, messageStates } from '../notifications/states.ts';
import { tenantToRead } from '../rows/tenant.ts';
import { addExamples } from './examples.ts';

export interface NotificationsListOptions {
  readonly state?: MessageState;
  readonly tenant?: string;
  readonly limit: number;
}

const mostMessages = 500;

export function define(notifications: Command, launch: Launch): void {
  const command = notifications
    .command('list')
    .description('messages to people and what became of each, newest first')
    .addOption(new Option('--state <state>', 'only those that stand there').choices(messageStates))
    .option('--tenant <tnt_…>', 'whose; needed where the sources file has several tenants')
    .option('--limit <n>', 'messages at most', countArgument(1, mostMessages), 50)
    .action((options: NotificationsListOptions) => launch(run, options));
  addExamples(command, [
    ['trunkline notifications list', 'the newest fifty'],
    ['trunkline notifications list --state held', 'what a person has to decide'],
    ['trunkline notifications list --state no_sender', 'what waits for a sender in the sources file'],
  ]);
}

export async function run(
  { state, tenant, limit }: NotificationsListOptions,
  context: CommandContext,
): Promise<ExitName> {
  await requireListed({ tenant }, context);
  const asked = tenant ?? (await tenantToRead(context));
  const messages = await withDatabase(context, 'notifications', (database) =>
    listMessages(database, { tenant: asked, state, limit }, context.signal),
  );
  context.output.result({ tenant: asked, messages }, () =>
    messages.length === 0
      ? `nobody of ${asked} was to be told anything${state === undefined ? '' : ` that is ${state}`}`
      : renderMessages(messages, context.output.style),
  );
  return 'ok';
}
