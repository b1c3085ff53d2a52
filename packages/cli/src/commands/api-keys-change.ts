import { type KeyId, revokeApiKey, rotateApiKey } from '@trunkline/http-api/keys';
import type { Command } from 'commander';

import { keyArgument, noSuchKey } from '../api-keys/find.ts';
import { renderMadeKey } from '../api-keys/render.ts';
import { durationArgument } from '../arguments.ts';
import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import { actorOf } from '../dead-letters/actor.ts';
import type { ExitName } from '../exit-codes.ts';
import { addExamples } from './examples.ts';

export interface ApiKeysRevokeOptions {
  readonly id: KeyId;
}

export interface ApiKeysRotateOptions extends ApiKeysRevokeOptions {
  readonly overlap?: number;
}

/** `api-keys rotate` and `api-keys revoke`. */
export function define(apiKeys: Command, launch: Launch): void {
  const rotate = apiKeys
    .command('rotate')
    .description('another key of the same name and scopes in its place, printed once; the old one opens a while more')
    .argument('<key_…>', 'the key', keyArgument)
    .option('--overlap <time>', 'how long both open: 0s to 30d; a day unless given', durationArgument)
    .action((id: KeyId, options: Omit<ApiKeysRotateOptions, 'id'>) => launch(runRotate, { ...options, id }));
  addExamples(rotate, [
    ['trunkline api-keys rotate key_0193512b1c7b7d2e --overlap 7d', 'a week to put the new one in'],
  ]);
  const revoke = apiKeys
    .command('revoke')
    .description('let a key open nothing from now on, for ever')
    .argument('<key_…>', 'the key', keyArgument)
    .action((id: KeyId) => launch(runRevoke, { id }));
  addExamples(revoke, [['trunkline api-keys revoke key_0193512b1c7b7d2e', 'it has leaked']]);
}

async function runRotate({ id, overlap }: ApiKeysRotateOptions, context: CommandContext): Promise<ExitName> {
  const { output, clock, signal } = context;
  const made = await withDatabase(context, 'delivery', (database) =>
    rotateApiKey(database, { keyId: id, overlapMs: overlap, nowMs: clock(), actor: actorOf(context), signal }),
  );
  if (made === undefined) return noSuchKey(id, context);
  renderMadeKey(made, output, made);
  return 'ok';
}

async function runRevoke({ id }: ApiKeysRevokeOptions, context: CommandContext): Promise<ExitName> {
  const { output, clock, signal } = context;
  const before = await withDatabase(context, 'delivery', (database) =>
    revokeApiKey(database, { keyId: id, nowMs: clock(), actor: actorOf(context), signal }),
  );
  if (before === undefined) return noSuchKey(id, context);
  output.result({ keyId: id, state: 'revoked' }, () => `${output.style.good('✓')} ${id} opens nothing any more`);
  return 'ok';
}
