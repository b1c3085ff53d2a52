import { liveSecrets } from '@trunkline/providers';
import { z } from 'zod';

import type { CommandContext } from '../context.ts';
import { getJson } from '../http.ts';
import { ingressAddress, operatorToken } from '../service-addresses.ts';
import { openCatalog } from '../source-access.ts';
import { type Check, failed, few, ok } from './check.ts';

/** A source without a usable secret refuses everything it is sent. */
export const sourceSecrets: Check = {
  name: 'secrets',
  requires: ['sources'],
  async run(context, signal) {
    const enabled = (await openCatalog(context)).all().filter((source) => source.state === 'enabled');
    const without = enabled.filter((source) => liveSecrets(source.settings.secrets, context.clock()).length === 0);
    if (without.length > 0) {
      return failed(
        `without a usable secret, so everything sent to them is refused: ${few(without.map((source) => source.sourceId))}`,
        'set the variables that their `secrets` name, in the environment or the secrets file',
      );
    }
    const held = await secretsHeld(context, signal);
    const missed = enabled.filter(
      ({ sourceId, settings }) =>
        held !== undefined && (held.get(sourceId) ?? 0) < liveSecrets(settings.secrets, context.clock()).length,
    );
    return missed.length === 0
      ? ok(
          `each of ${enabled.length} enabled sources has a usable secret${held === undefined ? '' : ', the ingress says so too'}`,
        )
      : failed(
          `usable here, but not held by the running ingress: ${few(missed.map(({ sourceId }) => sourceId))}`,
          'restart the ingress: it reads secrets of its environment once, at its start; those of TRUNKLINE_SECRETS and of files it follows',
        );
  },
};

const summarySchema = z.object({
  sources: z.object({ inForce: z.array(z.object({ sourceId: z.string(), usableSecrets: z.number() })) }),
});

/** How many usable secrets the running ingress has of each source; undefined when it cannot be asked. */
async function secretsHeld(
  { settings }: CommandContext,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number> | undefined> {
  const address = ingressAddress(settings);
  if (address === undefined) return undefined;
  // Whether it answers at all is the business of another check.
  const answer = await getJson(address.name, `${address.url}/debug`, { signal, token: operatorToken(settings) }).catch(
    () => undefined,
  );
  const told = summarySchema.safeParse(answer?.body);
  if (!told.success) return undefined;
  return new Map(told.data.sources.inForce.map(({ sourceId, usableSecrets }) => [sourceId, usableSecrets]));
}
