import { followPart, type PartWatchOptions } from '../follow-part.ts';
import type { Problem } from '../problem.ts';
import type { ConfiguredConnection } from './connections.ts';
import { readConnections } from './load.ts';

export type ConnectionsWatchOptions = PartWatchOptions<{ readonly connections: readonly ConfiguredConnection[] }>;

export interface ConnectionsWatch {
  /** Those of the last good state of the file. */
  connections(): readonly ConfiguredConnection[];
  /** What will not work as meant. */
  warnings(): readonly Problem[];
  /** The mistakes of an edit that is not in force; empty while the file is. */
  problems(): readonly Problem[];
  /** Resolves when nothing is read any more; no callback comes after it. */
  close(): Promise<void>;
}

/** Reads the connections of the sources file and follows it, with the secrets file and every `file:` secret. As `followPart` does. */
export async function watchConnections(path: string, options: ConnectionsWatchOptions): Promise<ConnectionsWatch> {
  const watch = await followPart(path, readConnections, options);
  return {
    connections: () => watch.inForce().connections,
    warnings: () => watch.inForce().warnings,
    problems: () => watch.problems(),
    close: () => watch.close(),
  };
}
