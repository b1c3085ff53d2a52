import { isRequestId, TrunklineError } from '@trunkline/core';
import { Argument, type Command } from 'commander';

import { requireListed } from '../closed-lists.ts';
import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import { actorOf } from '../dead-letters/actor.ts';
import type { ExitName } from '../exit-codes.ts';
import { decideMessage, type MessageDecision, messageDecisions } from '../notifications/decide-message.ts';
import { requiredReason } from '../reason.ts';
import { tenantToRead } from '../rows/tenant.ts';
import { addExamples } from './examples.ts';

export interface NotificationsDecideOptions {
  readonly id: string;
  readonly decision: MessageDecision;
  readonly tenant?: string;
  readonly reason: string;
}

export function define(notifications: Command, launch: Launch): void {
  const command = notifications
    .command('decide')
    .description('decide about a message that may have been sent, or could not be')
    .argument('<req_…>', 'the id of the request')
    .addArgument(
      new Argument('<decision>', 'sent: it was sent; resend: send it again; drop: never send it').choices(
        messageDecisions,
      ),
    )
    .option('--tenant <tnt_…>', 'whose; needed where the sources file has several tenants')
    .addOption(requiredReason())
    .action((id: string, decision: MessageDecision, options: Omit<NotificationsDecideOptions, 'id' | 'decision'>) =>
      launch(run, { ...options, id, decision }),
    );
  addExamples(command, [
    ['trunkline notifications decide req_… sent --reason "Twilio has it in its log"', 'so that nobody is told twice'],
    ['trunkline notifications decide req_… resend --reason "Twilio has none"', 'so that somebody is told after all'],
  ]);
}

export async function run(options: NotificationsDecideOptions, context: CommandContext): Promise<ExitName> {
  const { id, decision, tenant, reason } = options;
  const { output, signal } = context;
  await requireListed({ tenant }, context);
  const asked = tenant ?? (await tenantToRead(context));
  const actor = actorOf(context);
  const decided = isRequestId(id)
    ? await withDatabase(context, 'notifications', (database) =>
        decideMessage(database, { tenant: asked, requestId: id, decision, actor, note: reason }, signal),
      )
    : undefined;
  if (decided === undefined) {
    return output.failure({
      exit: 'not_found',
      code: 'not_found',
      message: `${asked} has no message ${id}`,
      fix: 'trunkline notifications list --state held',
    });
  }
  if (!decided.isDecided) {
    throw new TrunklineError(
      'config_invalid',
      `${id} is ${decided.state}: only what is held, unknown, failed or undelivered is decided on`,
    );
  }
  output.result({ requestId: id, decision, was: decided.state, actor, reason }, () =>
    [
      `${output.style.good('✓')} the service does it within a second: ${decision}, ${id} was ${decided.state}`,
      `see: trunkline notifications show ${id}`,
    ].join('\n'),
  );
  return 'ok';
}
