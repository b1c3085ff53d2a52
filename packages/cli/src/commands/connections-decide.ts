import { type ConnectionDecision, decideConnection, findConnection } from '@trunkline/connections';
import type { Command } from 'commander';

import { awaitWork } from '../connections/await-work.ts';
import { nobodyThere, noSuchConnection } from '../connections/failures.ts';
import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import { actorOf } from '../dead-letters/actor.ts';
import type { ExitName } from '../exit-codes.ts';
import { reasonOption } from '../reason.ts';
import { addExamples } from './examples.ts';

export interface ConnectionsDecideOptions {
  readonly id: string;
  readonly decision: ConnectionDecision;
  readonly reason?: string;
}

/** `connections pause`, `resume` and `revoke`: in force at once for whoever wants to call with it next. */
export function define(connections: Command, launch: Launch): void {
  const wish = (decision: ConnectionDecision, description: string): Command =>
    connections
      .command(decision)
      .description(description)
      .argument('<id>', 'the id of the connection: con_…')
      .addOption(reasonOption())
      .action((id: string, given: Pick<ConnectionsDecideOptions, 'reason'>) => launch(run, { ...given, id, decision }));
  addExamples(wish('pause', 'make no more calls with a connection until it is resumed'), [
    ['trunkline connections pause con_twilio_acme', 'what wants to call with it waits, or fails as its caller says'],
  ]);
  addExamples(wish('resume', 'use a paused connection again'), [
    ['trunkline connections resume con_twilio_acme', 'it is checked first'],
  ]);
  addExamples(wish('revoke', 'end a connection for good: its credentials are shredded, its id stays taken'), [
    [
      'trunkline connections revoke con_twilio_acme --reason "the account is closed"',
      'revoke the key at the provider, too',
    ],
  ]);
}

export async function run(options: ConnectionsDecideOptions, context: CommandContext): Promise<ExitName> {
  const { output, signal } = context;
  const { id, decision, reason } = options;
  const actor = actorOf(context);
  const told = await withDatabase(context, 'connections', async (database) => {
    const decided = await decideConnection(database, { id, decision, actor, note: reason });
    if (decided.kind !== 'decided') return decided.kind;
    const isDone = (await awaitWork(database, { check: id }, { signal })) !== undefined;
    // A pause is in force without anybody; what is revoked is shredded by the service.
    if (!isDone && decision === 'revoke') return 'untaken';
    return (await findConnection(database, id, signal)) ?? 'unknown';
  });
  if (told === 'unknown') return output.failure(noSuchConnection(id));
  if (told === 'revoked') {
    return output.failure({
      exit: 'refused',
      code: 'refused',
      message: `${id} is revoked, which is final: its credentials are shredded`,
      fix: 'connect the account again under another id',
    });
  }
  if (told === 'untaken') return signal.aborted ? 'interrupted' : output.failure(nobodyThere(`the shredding of ${id}`));
  output.result({ connection: told, decision, actor }, () => `${output.style.good('✓')} ${id} is ${told.state}`);
  return 'ok';
}
