import { type DoneMarkers, markerPrefix, type MarkerScope, markerTtlMs } from '../done-markers.ts';

/** What several handles share, as processes share a server. */
export interface MemoryMarkerStore {
  /** Name of a marker → when it ends, epoch milliseconds. */
  readonly expiries: Map<string, number>;
}

export function createMemoryMarkerStore(): MemoryMarkerStore {
  return { expiries: new Map() };
}

export interface MemoryMarkersOptions {
  readonly store: MemoryMarkerStore;
  readonly scope: MarkerScope;
  readonly ttlMs?: number;
}

/** The done markers without a server, for tests; held to the same conformance suite. */
export function createMemoryMarkers({ store, scope, ttlMs = markerTtlMs }: MemoryMarkersOptions): DoneMarkers {
  const prefix = markerPrefix(scope);
  return {
    seen: (ids) => Promise.resolve(new Set(ids.filter((id) => (store.expiries.get(prefix + id) ?? 0) > Date.now()))),
    remember(ids) {
      for (const id of ids) store.expiries.set(prefix + id, Date.now() + ttlMs);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}
