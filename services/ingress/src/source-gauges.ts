import type { Clock } from '@trunkline/core';
import { liveSecrets } from '@trunkline/providers';
import type { Metrics } from '@trunkline/runtime';
import type { SourceCatalog } from '@trunkline/sources';

/** What the metrics tell of the sources in force. */
export interface GaugedSources {
  /** Undefined before the file was read. */
  catalog(): SourceCatalog | undefined;
  /** Of an edit that is not in force. */
  problems(): number;
}

/** Tells the metrics whether the file as it is stands in force, and how old the secrets of its sources are. */
export function sourceGauges(metrics: Pick<Metrics, 'gauge' | 'gauges'>, sources: GaugedSources, clock: Clock): void {
  /** Whoever was told of once is told of on and on. */
  const told = new Set<string>();
  metrics.gauge('sources_file_problems', () => sources.problems());
  metrics.gauges('secret_age_seconds', () => {
    const ages = agesOf(sources.catalog(), clock());
    for (const source of ages.keys()) told.add(source);
    return [...told].map((source) => ({ labels: { source }, value: ages.get(source) ?? Number.NaN }));
  });
}

/** By source, of the oldest secret that still counts and stands in a file. */
function agesOf(catalog: SourceCatalog | undefined, nowMs: number): ReadonlyMap<string, number> {
  return new Map(
    (catalog?.all() ?? []).flatMap(({ sourceId, settings }): [string, number][] => {
      const written = liveSecrets(settings.secrets, nowMs).flatMap(({ secret }) => secret.writtenAtMs ?? []);
      return written.length === 0 ? [] : [[sourceId, Math.max(0, nowMs - Math.min(...written)) / 1_000]];
    }),
  );
}
