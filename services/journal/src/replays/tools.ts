import { TrunklineError } from '@trunkline/core';
import { createEventCodec, type EventCodec, type SchemaRegistry, topics } from '@trunkline/events';
import type { Publisher } from '@trunkline/kafka';
import { type ConfiguredSource, loadSources, renderProblems } from '@trunkline/sources';

/** What a replay needs beside its plan. */
export interface ReplayTools {
  readonly codec: Pick<EventCodec, 'encode' | 'decode'>;
  readonly publisher: Publisher;
  /**
   * Throws `config_invalid` for a source that is not in the sources file: how to read its deliveries stands there. And for
   * one whose deliveries are proven again by a secret.
   */
  readonly sources: (sourceId: string) => ConfiguredSource;
  readonly installationKey: Uint8Array;
}

export interface OpenReplayTools {
  readonly sourcesFile: string | undefined;
  readonly registry: SchemaRegistry;
  readonly publisher: () => Promise<Publisher>;
  readonly installationKey: Uint8Array;
}

/** As the sources file is now: a replay that began with another one goes on with this. Nobody's secret is asked for. */
export async function openReplayTools(options: OpenReplayTools): Promise<ReplayTools> {
  const { sourcesFile, registry, installationKey } = options;
  if (sourcesFile === undefined)
    throw new TrunklineError('config_invalid', 'services/journal is told no sources file (TRUNKLINE_SOURCES)');
  const loaded = await loadSources(sourcesFile, { env: {} });
  if ('problems' in loaded)
    throw new TrunklineError('dependency_unavailable', renderProblems(sourcesFile, loaded.problems.slice(0, 1)).trim());
  const { catalog } = loaded;
  return {
    codec: await createEventCodec({ registry, topics }),
    publisher: await options.publisher(),
    sources(sourceId) {
      const source = catalog.source(sourceId);
      if (source === undefined)
        throw new TrunklineError('config_invalid', `there is no source ${sourceId} in the sources file any more`);
      if (source.provider.provenOfArchived !== undefined)
        throw new TrunklineError(
          'config_invalid',
          `deliveries of ${source.provider.name} are proven one by one by a secret, which the journal is not told: trunkline replay does it itself`,
        );
      return source;
    },
    installationKey,
  };
}
