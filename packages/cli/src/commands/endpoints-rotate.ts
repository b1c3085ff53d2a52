import { type EndpointId, rotateSecret } from '@trunkline/delivery';
import { formatTime } from '@trunkline/operations/units';
import { signingKinds, type SigningKind, verifyingKeyOf } from '@trunkline/signing';
import { type Command, Option } from 'commander';

import { durationArgument } from '../arguments.ts';
import type { CommandContext, Launch } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import { actorOf } from '../dead-letters/actor.ts';
import { endpointArgument, noSuchEndpoint } from '../endpoints/find.ts';
import { openVault } from '../endpoints/vault.ts';
import type { ExitName } from '../exit-codes.ts';
import { renderPairs } from '../render/table.ts';
import { addExamples } from './examples.ts';

export interface EndpointsRotateOptions {
  readonly id: EndpointId;
  readonly overlap?: number;
  readonly signing?: SigningKind;
}

export function define(endpoints: Command, launch: Launch): void {
  const command = endpoints
    .command('rotate')
    .description('make a new signing secret; requests are signed with both for a while')
    .argument('<ep_…>', 'the endpoint', endpointArgument)
    .option('--overlap <time>', 'how long the old one signs: 0s to 30d (24h unless given)', durationArgument)
    .addOption(new Option('--signing <kind>', 'of another kind than the one before').choices(signingKinds))
    .action((id: EndpointId, options: Omit<EndpointsRotateOptions, 'id'>) => launch(run, { ...options, id }));
  addExamples(command, [
    ['trunkline endpoints rotate ep_0193512b1c7b7d2e…', 'the receiver has a day to take the new one'],
    ['trunkline endpoints rotate ep_0193512b1c7b7d2e… --overlap 0s', 'the old one is known to somebody'],
  ]);
}

export async function run(options: EndpointsRotateOptions, context: CommandContext): Promise<ExitName> {
  const { output, signal, clock } = context;
  const { id, overlap, signing } = options;
  const vault = openVault(context);
  const rotated = await withDatabase(context, 'delivery', (database) =>
    rotateSecret(
      database,
      { endpointId: id, actor: actorOf(context), kind: signing, overlapMs: overlap, nowMs: clock(), signal },
      vault,
    ),
  );
  if (rotated === undefined) return noSuchEndpoint(id, context);
  const secret = verifyingKeyOf(rotated.secret);
  const oldSignsUntil = formatTime(rotated.signsUntilMs);
  output.result({ endpointId: id, secret, oldSignsUntil }, () =>
    renderPairs(
      [
        ['endpoint', id],
        ['secret', secret],
        ['old one signs until', oldSignsUntil],
      ],
      output.style,
    ),
  );
  return 'ok';
}
