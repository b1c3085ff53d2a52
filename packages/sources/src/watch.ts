import { resolve } from 'node:path';

import { TrunklineError } from '@trunkline/core';

import type { SourceCatalog } from './catalog.ts';
import { type CatalogChanges, catalogChanges } from './changes.ts';
import { type FilesReading, followFiles, readFollowed } from './follow-files.ts';
import { type LoadedSources, type LoadOptions, readSources } from './load.ts';
import { type Problem, renderProblems } from './problem.ts';
import type { SecretValues } from './secrets.ts';

export interface WatchOptions extends LoadOptions {
  /** A good edit is in force. */
  readonly onChange: (change: SourcesChange) => void;
  /** An edit is broken; what was in force still is. */
  readonly onProblems: (problems: readonly Problem[]) => void;
  /** How often the files are looked at. */
  readonly intervalMs?: number;
}

export interface SourcesChange {
  readonly catalog: SourceCatalog;
  readonly warnings: readonly Problem[];
  /** Against what was in force before. */
  readonly changes: CatalogChanges;
}

export interface SourcesWatch {
  /** What is in force: the last good state of the file. */
  catalog(): SourceCatalog;
  /** What will not work as meant in the catalog that is in force. */
  warnings(): readonly Problem[];
  /** The mistakes of an edit that is not in force; empty while the file is. */
  problems(): readonly Problem[];
  /** Resolves when nothing is read any more; no callback comes after it. */
  close(): Promise<void>;
}

/**
 * Reads a sources file and follows it, with the secrets file and every `file:` secret. A file that is wrong from the
 * start is config_invalid; later a broken edit changes nothing but what `problems()` says.
 */
export async function watchSources(path: string, options: WatchOptions): Promise<SourcesWatch> {
  // Of the last good state.
  let secretValues: SecretValues = new Map();
  const read = async (): Promise<FilesReading<LoadedSources>> => {
    const reading = await readSources(path, options, secretValues);
    secretValues = reading.secretValues ?? secretValues;
    return { outcome: reading.loaded, files: reading.files };
  };
  const first = await readFollowed([resolve(path)], read);
  const loaded = first.outcome;
  if ('problems' in loaded) throw new TrunklineError('config_invalid', renderProblems(path, loaded.problems).trimEnd());
  const state: State = { ...loaded, problems: [] };
  const onRead = (next: LoadedSources): void => apply(next, state, options);
  const following = followFiles(first, { read, onRead, intervalMs: options.intervalMs });
  return {
    catalog: () => state.catalog,
    warnings: () => state.warnings,
    problems: () => state.problems,
    close: () => following.close(),
  };
}

interface State {
  catalog: SourceCatalog;
  warnings: readonly Problem[];
  problems: readonly Problem[];
}

function apply(next: LoadedSources, state: State, { onChange, onProblems }: WatchOptions): void {
  if ('problems' in next) {
    state.problems = next.problems;
    onProblems(next.problems);
    return;
  }
  const changes = catalogChanges(state.catalog, next.catalog);
  state.catalog = next.catalog;
  state.warnings = next.warnings;
  state.problems = [];
  onChange({ ...next, changes });
}
