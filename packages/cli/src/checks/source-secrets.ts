import { failed, few, ok, warning } from '@trunkline/operations';
import { getJson } from '@trunkline/operations/http';
import { liveSecrets, secretFlaw, usableSecrets } from '@trunkline/providers';
import type { ConfiguredSource } from '@trunkline/sources';
import { z } from 'zod';

import type { CommandContext } from '../context.ts';
import { ingressAddress, operatorToken } from '../service-addresses.ts';
import { openCatalog } from '../source-access.ts';
import type { CommandCheck } from './command-check.ts';

/** A source without a usable secret refuses everything it is sent; one of a wrong form proves nothing for anybody. */
export const sourceSecrets: CommandCheck = {
  name: 'secrets',
  requires: ['sources'],
  async run(context, signal) {
    const enabled = (await openCatalog(context)).all().filter((source) => source.state === 'enabled');
    const nowMs = context.clock();
    const without = enabled.filter((source) => usableSecrets(source, nowMs).length === 0);
    if (without.length > 0) {
      return failed(
        `without a usable secret, so everything sent to them is refused: ${toldOf(without, nowMs)}`,
        fixOf(
          without.filter((source) => flawsOf(source, nowMs).length > 0),
          'set the variables that their `secrets` name, in the environment or the secrets file',
        ),
      );
    }
    const flawed = enabled.filter((source) => flawsOf(source, nowMs).length > 0);
    if (flawed.length > 0) {
      return warning(
        `secrets that can prove nothing: ${toldOf(flawed, nowMs)}`,
        fixOf(flawed, 'replace them, or remove them from `secrets`'),
      );
    }
    const held = await secretsHeld(context, signal);
    const missed = enabled.filter(
      ({ sourceId, settings }) =>
        held !== undefined && (held.get(sourceId) ?? 0) < liveSecrets(settings.secrets, nowMs).length,
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

/** Each source, and what is wrong with its secrets where that is known. */
function toldOf(sources: readonly ConfiguredSource[], nowMs: number): string {
  return few(sources.map((source) => [source.sourceId, ...flawsOf(source, nowMs)].join(': ')));
}

function flawsOf(source: ConfiguredSource, nowMs: number): readonly string[] {
  return liveSecrets(source.settings.secrets, nowMs).flatMap(({ index, secret }) => {
    const flaw = secretFlaw(source.provider, source.settings.options, secret);
    return flaw === undefined ? [] : [`${secret.name ?? `secret ${index + 1}`} ${flaw}`];
  });
}

/** Where the right one is found, when all is about one provider. */
function fixOf(sources: readonly ConfiguredSource[], otherwise: string): string {
  const [first, ...others] = new Set(sources.map(({ provider }) => provider));
  if (first === undefined || others.length > 0) return otherwise;
  return `${otherwise}: ${first.secrets.label} (${first.secrets.whereToFind})`;
}

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
