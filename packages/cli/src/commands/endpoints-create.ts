import { createEndpoint } from '@trunkline/delivery';
import { signingKinds, type SigningKind, verifyingKeyOf } from '@trunkline/signing';
import { type Command, Option } from 'commander';

import { collectArgument } from '../arguments.ts';
import { requireListed } from '../closed-lists.ts';
import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import { actorOf } from '../dead-letters/actor.ts';
import { addSettings, type SettingsOptions, settingsOf } from '../endpoints/settings.ts';
import { openVault } from '../endpoints/vault.ts';
import type { ExitName } from '../exit-codes.ts';
import { renderPairs } from '../render/table.ts';
import { addExamples } from './examples.ts';

export interface EndpointsCreateOptions extends SettingsOptions {
  readonly tenant: string;
  readonly url: string;
  readonly types: readonly string[];
  readonly signing?: SigningKind;
}

export function define(endpoints: Command, launch: Launch): void {
  const command = addSettings(endpoints.command('create'))
    .description('create an endpoint that receives events of a tenant; prints its signing secret, once')
    .requiredOption('--tenant <tnt_…>', 'whose events')
    .requiredOption(
      '--url <url>',
      'where they are posted to: https://…; http:// and private addresses only where the service allows the network',
    )
    .requiredOption(
      '--types <types>',
      'event types: payments.*, *.*.failed, ** for all; comma-separated or several times',
      collectArgument,
    )
    .addOption(
      new Option(
        '--signing <kind>',
        'hmac: a shared secret (v1); ed25519: a public key (v1a), which few libraries verify',
      ).choices(signingKinds),
    )
    .action((options: EndpointsCreateOptions) => launch(run, options));
  addExamples(command, [
    [
      "trunkline endpoints create --tenant tnt_demo --url https://acme.example/webhooks --types 'payments.*'",
      'one domain',
    ],
    [
      "trunkline endpoints create --tenant tnt_demo --url http://127.0.0.1:18100/ --types '**'",
      'a sink on this machine, under npm start',
    ],
  ]);
}

export async function run(options: EndpointsCreateOptions, context: CommandContext): Promise<ExitName> {
  const { output, clock, signal } = context;
  const { tenant, url, types, signing } = options;
  await requireListed({ tenant }, context);
  const vault = openVault(context);
  const made = await withDatabase(context, 'delivery', (database) =>
    createEndpoint(
      database,
      { ...settingsOf(options), url, types, signing, tenantId: tenant, actor: actorOf(context) },
      { vault, clock, signal },
    ),
  );
  const secret = verifyingKeyOf(made.secret);
  output.result({ endpointId: made.endpointId, tenant, secret }, () =>
    [
      renderPairs(
        [
          ['endpoint', made.endpointId],
          ['secret', secret],
        ],
        output.style,
      ),
      '',
      'The receiver verifies with the secret. It is not shown again: `trunkline endpoints rotate` makes another one.',
    ].join('\n'),
  );
  return 'ok';
}
