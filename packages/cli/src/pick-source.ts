import { TrunklineError } from '@trunkline/core';
import { type ProviderDefinition, providerNamed, providers, usableSecrets } from '@trunkline/providers';
import type { ConfiguredSource, SourceCatalog } from '@trunkline/sources';

/** A provider by its word in trunkline.yaml; throws with the words there are. */
export function findProvider(name: string): ProviderDefinition {
  const found = providerNamed(name);
  if (found === undefined) {
    throw new TrunklineError(
      'source_unknown',
      `there is no provider ${JSON.stringify(name)}; there is: ${providers.map((provider) => provider.name).join(', ')}`,
    );
  }
  return found;
}

export interface PickedSource {
  readonly source: ConfiguredSource;
  /** How many other sources of the provider there were to choose from. */
  readonly others: number;
}

/** The named source, or the first enabled one of the provider, one with a usable secret before one without. */
export function pickSource(
  catalog: SourceCatalog,
  wanted: {
    readonly provider: ProviderDefinition;
    readonly sourceId: string | undefined;
    readonly usableAtMs?: number;
  },
): PickedSource {
  const ofProvider = catalog.all().filter((source) => source.provider.name === wanted.provider.name);
  if (wanted.sourceId !== undefined) {
    const named = catalog.source(wanted.sourceId);
    if (named === undefined)
      throw new TrunklineError(
        'source_unknown',
        `there is no source ${wanted.sourceId} in the sources file${listOf(ofProvider)}`,
      );
    if (named.provider.name !== wanted.provider.name) {
      throw new TrunklineError(
        'config_invalid',
        `source ${wanted.sourceId} is of ${named.provider.name}, not of ${wanted.provider.name}${listOf(ofProvider)}`,
      );
    }
    return { source: named, others: 0 };
  }
  const enabled = ofProvider.filter((source) => source.state === 'enabled');
  const usable = enabled.filter(
    (source) => wanted.usableAtMs !== undefined && usableSecrets(source, wanted.usableAtMs).length > 0,
  );
  const first = usable[0] ?? enabled[0];
  if (first === undefined) {
    throw new TrunklineError(
      'source_unknown',
      `no source of ${wanted.provider.name} is enabled in the sources file: add one to trunkline.yaml${listOf(ofProvider)}`,
    );
  }
  return { source: first, others: enabled.length - 1 };
}

function listOf(sources: readonly ConfiguredSource[]): string {
  return sources.length === 0 ? '' : `; it has: ${sources.map((source) => source.sourceId).join(', ')}`;
}
