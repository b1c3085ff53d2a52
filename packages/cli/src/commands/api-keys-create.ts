import { apiScopeNames, apiScopes } from '@trunkline/delivery';
import { createApiKey } from '@trunkline/http-api/keys';
import type { Command } from 'commander';

import { renderMadeKey } from '../api-keys/render.ts';
import { scopesOf } from '../api-keys/scopes.ts';
import { collectArgument, durationArgument } from '../arguments.ts';
import { requireListed } from '../closed-lists.ts';
import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import { actorOf } from '../dead-letters/actor.ts';
import type { ExitName } from '../exit-codes.ts';
import { addExamples } from './examples.ts';

export interface ApiKeysCreateOptions {
  readonly tenant: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expires?: number;
}

export function define(apiKeys: Command, launch: Launch): void {
  const command = apiKeys
    .command('create')
    .description('a key of a tenant for the HTTP API; prints it, once')
    .requiredOption('--tenant <tnt_…>', 'whose endpoints and messages')
    .requiredOption('--name <text>', 'who uses it')
    .requiredOption(
      '--scopes <scopes>',
      `what for, comma-separated or several times: ${Object.entries(apiScopes)
        .map(([scope, what]) => `${scope} (${what})`)
        .join(', ')}`,
      collectArgument,
    )
    .option('--expires <time>', 'after how long it opens nothing any more; a year unless given', durationArgument)
    .action((options: ApiKeysCreateOptions) => launch(run, options));
  addExamples(command, [
    [`trunkline api-keys create --tenant tnt_demo --name deploy --scopes ${apiScopeNames.join(',')}`, 'for everything'],
    [
      'trunkline api-keys create --tenant tnt_demo --name dashboard --scopes messages:read --expires 90d',
      'to look only, until then',
    ],
  ]);
}

export async function run(options: ApiKeysCreateOptions, context: CommandContext): Promise<ExitName> {
  const { output, clock, signal } = context;
  const { tenant, name, scopes, expires } = options;
  const given = { tenantId: tenant, name, scopes: scopesOf(scopes), lifeMs: expires };
  await requireListed({ tenant }, context);
  const made = await withDatabase(context, 'delivery', (database) =>
    createApiKey(database, { ...given, nowMs: clock(), actor: actorOf(context), signal }),
  );
  renderMadeKey(made, output);
  return 'ok';
}
