import { setTimeout as delay } from 'node:timers/promises';

import type { RequestId } from '@trunkline/core';
import type { PersonId } from '@trunkline/sources/directory';
import { suggestion } from '@trunkline/sources/nearest';
import type { Command } from 'commander';

import { requireListed } from '../closed-lists.ts';
import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import type { ExitName } from '../exit-codes.ts';
import { readShownMessage, type ShownMessage } from '../notifications/read-messages.ts';
import { renderMessage } from '../notifications/render.ts';
import { tenantToRead } from '../rows/tenant.ts';
import { openDirectory } from '../source-access.ts';
import { addExamples } from './examples.ts';

export interface NotificationsTestOptions {
  readonly person: string;
  readonly channel: string;
  readonly tenant?: string;
}

/** How long it is waited for, and how often it is looked for. */
const patienceMs = 30_000;
const lookMs = 250;

export function define(notifications: Command, launch: Launch): void {
  const command = notifications
    .command('test')
    .description('send a person a test message by one of their channels, and show what became of it')
    .argument('<per_…>', 'the person, as the sources file has it')
    .argument('<channel>', 'the id of a channel of theirs: sms')
    .option('--tenant <tnt_…>', 'whose; needed where the sources file has several tenants')
    .action((person: string, channel: string, options: Pick<NotificationsTestOptions, 'tenant'>) =>
      launch(run, { ...options, person, channel }),
    );
  addExamples(command, [['trunkline notifications test per_ada sms', 'whether a sender works, without an event']]);
}

export async function run(options: NotificationsTestOptions, context: CommandContext): Promise<ExitName> {
  const { output } = context;
  await requireListed({ tenant: options.tenant }, context);
  const tenant = options.tenant ?? (await tenantToRead(context));
  const directory = await openDirectory(context);
  // A text that is none of a person's is nobody's id.
  const person = directory.person(tenant, options.person as PersonId);
  if (person === undefined) {
    const fix = suggestion(
      options.person,
      directory.people(tenant).map(({ id }) => id),
    );
    return output.failure({ exit: 'not_found', code: 'not_found', message: `${tenant} has no ${options.person}`, fix });
  }
  if (!person.channels.some(({ id }) => id === options.channel)) {
    const fix = suggestion(
      options.channel,
      person.channels.map(({ id }) => id),
    );
    const message = `${person.id} has no channel ${options.channel}`;
    return output.failure({ exit: 'not_found', code: 'not_found', message, fix });
  }
  // Alone among the commands of its group it writes to Kafka: the others do not wait for what that loads.
  const { askTest } = await import('../notifications/ask-test.ts');
  const requestId = await askTest({ person, channelId: options.channel }, context);
  const message = await cameTo({ tenant, requestId }, context);
  if (message === undefined) {
    return output.failure({
      exit: 'unreachable',
      code: 'not_taken',
      message: `${requestId} was asked for, and nothing came of it in ${patienceMs / 1_000} s: does the service notifications run?`,
      fix: 'trunkline lag',
    });
  }
  output.result({ message }, () => renderMessage(message, output.style));
  return message.state === 'accepted' || message.state === 'delivered' ? 'ok' : 'refused';
}

/** It is being sent, or nobody has looked at it yet. With a code it says why it waits, be it a refusal that is tried again later. */
function isUnderWay({ state, code }: ShownMessage): boolean {
  return state === 'sending' || (state === 'asked' && code === null);
}

/** What became of the message, or where it stands when patience is over; undefined while nobody has taken it. */
async function cameTo(
  key: { readonly tenant: string; readonly requestId: RequestId },
  context: CommandContext,
): Promise<ShownMessage | undefined> {
  const endsAtMs = performance.now() + patienceMs;
  return await withDatabase(context, 'notifications', async (database) => {
    for (;;) {
      const message = await readShownMessage(database, key, context.signal);
      const isOver = performance.now() >= endsAtMs;
      if (isOver || (message !== undefined && !isUnderWay(message))) return message;
      await delay(lookMs, undefined, { signal: context.signal });
    }
  });
}
