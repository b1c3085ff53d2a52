import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { foreignCode, TrunklineError } from '@trunkline/core';

import type { SourceCatalog } from './catalog.ts';
import { type CatalogChanges, catalogChanges } from './changes.ts';
import { type LoadedSources, type LoadOptions, readSources, type SecretValues } from './load.ts';
import { type Problem, renderProblems } from './problem.ts';

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

const defaultIntervalMs = 1_000;

/** How long a change may take until it is read all the same, in looks a quarter of the interval apart. */
const maxUnsettledLooks = 10;

/**
 * Reads a sources file and follows it, with the secrets file and every `file:` secret. A file that is wrong from the
 * start is config_invalid; later a broken edit changes nothing but what `problems()` says.
 *
 * It asks for the files' state instead of waiting for events: those miss the rename of an editor, the swapped symbolic
 * link of a Kubernetes volume and everything on a network or container mount.
 */
export async function watchSources(path: string, options: WatchOptions): Promise<SourcesWatch> {
  const first = await readFollowed(path, options, { files: [resolve(path)], secretValues: new Map() });
  const { loaded } = first;
  if ('problems' in loaded) throw new TrunklineError('config_invalid', renderProblems(path, loaded.problems).trimEnd());
  const state: State = { ...loaded, problems: [] };
  const stopping = new AbortController();
  const following = follow({ path, options, first, state, signal: stopping.signal });
  return {
    catalog: () => state.catalog,
    warnings: () => state.warnings,
    problems: () => state.problems,
    close: async () => {
      stopping.abort();
      await following;
    },
  };
}

interface State {
  catalog: SourceCatalog;
  warnings: readonly Problem[];
  problems: readonly Problem[];
}

interface Following {
  readonly path: string;
  readonly options: WatchOptions;
  readonly first: FollowedReading;
  readonly state: State;
  readonly signal: AbortSignal;
}

/** One look after the other until the signal, each with one reading at most. */
async function follow({ path, options, first, state, signal }: Following): Promise<void> {
  const intervalMs = options.intervalMs ?? defaultIntervalMs;
  let { files, fingerprint, secretValues } = first;
  while (await waited(intervalMs, signal)) {
    if ((await fingerprintOf(files)) === fingerprint) continue;
    await settled({ look: () => fingerprintOf(files), wait: () => waited(intervalMs / 4, signal) });
    const next = await readFollowed(path, options, { files, secretValues });
    ({ files, fingerprint, secretValues } = next);
    if (signal.aborted) return;
    apply(next.loaded, state, options);
  }
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

/** False when the signal ends the wait. */
async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    // Watching alone keeps no process alive.
    await delay(ms, undefined, { signal, ref: false });
    return true;
  } catch {
    return false; // Its only failure is the signal.
  }
}

/** Waits until two looks in a row agree, or for so many looks: a file that never rests is still read. */
export async function settled(steps: {
  readonly look: () => Promise<string>;
  readonly wait: () => Promise<boolean>;
}): Promise<void> {
  let before = await steps.look();
  for (let looks = 1; looks < maxUnsettledLooks && (await steps.wait()); looks += 1) {
    const now = await steps.look();
    if (now === before) return;
    before = now;
  }
}

interface Known {
  readonly files: readonly string[];
  /** Of the last good state. */
  readonly secretValues: SecretValues;
}

interface FollowedReading extends Known {
  readonly loaded: LoadedSources;
  /** The state of the files before they were read, so that a change during the reading is seen as one after it. */
  readonly fingerprint: string;
}

/** Reads again when the reading itself shows that there are more files to follow, which happens when one is named first. */
async function readFollowed(path: string, options: WatchOptions, known: Known): Promise<FollowedReading> {
  const fingerprint = await fingerprintOf(known.files);
  const { loaded, files, secretValues = known.secretValues } = await readSources(path, options, known.secretValues);
  if (files.some((file) => !known.files.includes(file))) {
    return readFollowed(path, options, { ...known, files: [...new Set([...known.files, ...files])] });
  }
  return { loaded, files: known.files, secretValues, fingerprint };
}

/** What changes whenever a file is written, replaced, or reached through another symbolic link. */
async function fingerprintOf(files: readonly string[]): Promise<string> {
  const states = await Promise.all(files.map((file) => stateOf(file)));
  return states.join('\n');
}

async function stateOf(file: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    return foreignCode(error) ?? 'unknown';
  }
}
