import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { foreignCode } from '@trunkline/core';

/** What was read, and every file whose change may change it. */
export interface FilesReading<T> {
  readonly outcome: T;
  readonly files: readonly string[];
}

export interface FirstReading<T> extends FilesReading<T> {
  /** The state of the files before they were read, so that a change during the reading is seen as one after it. */
  readonly fingerprint: string;
}

export interface FollowOptions<T> {
  readonly read: () => Promise<FilesReading<T>>;
  readonly onRead: (outcome: T) => void;
  /** How often the files are looked at. */
  readonly intervalMs?: number | undefined;
}

export interface Following {
  /** Resolves when nothing is read any more; nothing is told after it. */
  close(): Promise<void>;
}

const defaultIntervalMs = 1_000;

/** How long a change may take until it is read all the same, in looks a quarter of the interval apart. */
const maxUnsettledLooks = 10;

/**
 * Reads what depends on a file and on files that it names. Reads again when the reading itself shows that there are more
 * files to follow, which happens when one is named first.
 */
export async function readFollowed<T>(
  known: readonly string[],
  read: () => Promise<FilesReading<T>>,
): Promise<FirstReading<T>> {
  const fingerprint = await fingerprintOf(known);
  const { outcome, files } = await read();
  if (files.some((file) => !known.includes(file))) return readFollowed([...new Set([...known, ...files])], read);
  return { outcome, files: known, fingerprint };
}

/**
 * Reads again whenever one of the files has changed.
 *
 * It asks for the files' state instead of waiting for events: those miss the rename of an editor, the swapped symbolic
 * link of a Kubernetes volume and everything on a network or container mount.
 */
export function followFiles<T>(first: FirstReading<T>, options: FollowOptions<T>): Following {
  const stopping = new AbortController();
  const following = follow(first, options, stopping.signal);
  return {
    close: async () => {
      stopping.abort();
      await following;
    },
  };
}

/** One look after the other until the signal, each with one reading at most. */
async function follow<T>(
  first: FirstReading<T>,
  { read, onRead, intervalMs = defaultIntervalMs }: FollowOptions<T>,
  signal: AbortSignal,
): Promise<void> {
  let { files, fingerprint } = first;
  while (await waited(intervalMs, signal)) {
    if ((await fingerprintOf(files)) === fingerprint) continue;
    await settled({ look: () => fingerprintOf(files), wait: () => waited(intervalMs / 4, signal) });
    const next = await readFollowed(files, read);
    ({ files, fingerprint } = next);
    if (signal.aborted) return;
    onRead(next.outcome);
  }
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
