import { resolve } from 'node:path';

import { TrunklineError } from '@trunkline/core';

import { type FilesReading, followFiles, readFollowed } from './follow-files.ts';
import { type Problem, renderProblems } from './problem.ts';
import type { SecretPlaces, SecretValues } from './secrets.ts';

/** What is in force of a part of the sources file, or why an edit is not. */
export type LoadedPart<Part> =
  | (Part & { readonly warnings: readonly Problem[] })
  | { readonly problems: readonly Problem[] };

export interface PartReading<Part> {
  readonly loaded: LoadedPart<Part>;
  readonly values?: SecretValues;
  readonly files: readonly string[];
}

export interface PartWatchOptions<Part> extends SecretPlaces {
  /** A good edit is in force. */
  readonly onChange: (change: Part & { readonly warnings: readonly Problem[] }) => void;
  /** An edit is broken; what was in force still is. */
  readonly onProblems: (problems: readonly Problem[]) => void;
  /** How often the files are looked at. */
  readonly intervalMs?: number;
}

export interface PartWatch<Part> {
  /** The last good state of the file. */
  inForce(): Part & { readonly warnings: readonly Problem[] };
  /** The mistakes of an edit that is not in force; empty while the file is. */
  problems(): readonly Problem[];
  /** Resolves when nothing is read any more; no callback comes after it. */
  close(): Promise<void>;
}

/**
 * Reads a part of the sources file and follows it, with every file that it refers to. Mistakes from the start are
 * config_invalid; later a broken edit changes nothing but what `problems()` says.
 */
export async function followPart<Part extends object>(
  path: string,
  readPart: (path: string, places: SecretPlaces, lastGood: SecretValues) => Promise<PartReading<Part>>,
  options: PartWatchOptions<Part>,
): Promise<PartWatch<Part>> {
  // Of the last good state.
  let values: SecretValues = new Map();
  const read = async (): Promise<FilesReading<LoadedPart<Part>>> => {
    const reading = await readPart(path, options, values);
    values = reading.values ?? values;
    return { outcome: reading.loaded, files: reading.files };
  };
  const first = await readFollowed([resolve(path)], read);
  const loaded = first.outcome;
  if ('problems' in loaded) throw new TrunklineError('config_invalid', renderProblems(path, loaded.problems).trimEnd());
  let inForce = loaded;
  let problems: readonly Problem[] = [];
  const onRead = (next: LoadedPart<Part>): void => {
    if ('problems' in next) {
      problems = next.problems;
      options.onProblems(problems);
      return;
    }
    inForce = next;
    problems = [];
    options.onChange(next);
  };
  const following = followFiles(first, { read, onRead, intervalMs: options.intervalMs });
  return { inForce: () => inForce, problems: () => problems, close: () => following.close() };
}
