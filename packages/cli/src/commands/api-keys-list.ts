import { listApiKeys } from '@trunkline/http-api/keys';
import type { Command } from 'commander';

import { documentOfKey, renderKeys } from '../api-keys/render.ts';
import { requireListed } from '../closed-lists.ts';
import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import type { ExitName } from '../exit-codes.ts';
import { addExamples } from './examples.ts';

export interface ApiKeysListOptions {
  readonly tenant?: string;
}

export function define(apiKeys: Command, launch: Launch): void {
  const command = apiKeys
    .command('list')
    .description('the keys of the HTTP API, expired and revoked ones too; never their tokens, which are not kept')
    .option('--tenant <tnt_…>', 'of this tenant')
    .action((options: ApiKeysListOptions) => launch(run, options));
  addExamples(command, [['trunkline api-keys list', 'which keys are still used, and when they expire']]);
}

export async function run({ tenant }: ApiKeysListOptions, context: CommandContext): Promise<ExitName> {
  const { output, signal, clock } = context;
  if (tenant !== undefined) await requireListed({ tenant }, context);
  const keys = await withDatabase(context, 'delivery', (database) => listApiKeys(database, { tenant, signal }));
  output.result({ keys: keys.map((key) => documentOfKey(key, clock())) }, () =>
    keys.length === 0 ? 'no API keys' : renderKeys(keys, clock(), output.style),
  );
  return 'ok';
}
