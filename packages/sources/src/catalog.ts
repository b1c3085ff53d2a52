import type { BlockList } from 'node:net';

import type { ProviderSource } from '@trunkline/providers';

/**
 * enabled: takes requests. disabled: answers 404, for a while. retired: answers 410, for good; the entry stays so that
 * its id is never given to another source.
 */
export type SourceState = 'enabled' | 'disabled' | 'retired';

/** So many requests in a period on average, and so many at once after a quiet time. */
export interface SourceRate {
  readonly requests: number;
  readonly perMs: number;
  readonly burst: number;
}

/** One source with everything that a request to it needs. Its options are parsed by its own provider's schema. */
export interface ConfiguredSource extends ProviderSource {
  readonly sourceId: string;
  readonly tenantId: string;
  readonly state: SourceState;
  readonly bodyLimitBytes: number;
  /** How long an answer may wait for Kafka. */
  readonly acceptDeadlineMs: number;
  /** Who may post; undefined: everyone. */
  readonly allowedAddresses?: BlockList;
  readonly rate: SourceRate;
}

/** The port between whoever keeps the sources (a file today) and whoever needs them. Never changes; a reload is a new one. */
export interface SourceCatalog {
  source(sourceId: string): ConfiguredSource | undefined;
  /** Every source, retired and disabled ones too, in the order of the file. */
  all(): readonly ConfiguredSource[];
  /** The ids of the tenants, with or without a source. */
  tenants(): readonly string[];
}

export function createCatalog(tenantIds: readonly string[], sources: readonly ConfiguredSource[]): SourceCatalog {
  const byId: ReadonlyMap<string, ConfiguredSource> = new Map(sources.map((source) => [source.sourceId, source]));
  return {
    source: (sourceId) => byId.get(sourceId),
    all: () => sources,
    tenants: () => tenantIds,
  };
}
