import { followPart, type PartWatchOptions } from '../follow-part.ts';
import type { Problem } from '../problem.ts';
import { currentDirectory, type Directory } from './directory.ts';
import { readDirectory } from './load.ts';

export type DirectoryWatchOptions = PartWatchOptions<{ readonly directory: Directory }>;

export interface DirectoryWatch {
  /** Always the one in force: it answers by the last good state of the file. */
  readonly directory: Directory;
  /** What will not work as meant. */
  warnings(): readonly Problem[];
  /** The mistakes of an edit that is not in force; empty while the file is. */
  problems(): readonly Problem[];
  /** Resolves when nothing is read any more; no callback comes after it. */
  close(): Promise<void>;
}

/** Reads the people and phones of the sources file and follows it, with every `file:` address. As `followPart` does. */
export async function watchDirectory(path: string, options: DirectoryWatchOptions): Promise<DirectoryWatch> {
  const watch = await followPart(path, readDirectory, options);
  return {
    directory: currentDirectory(() => watch.inForce().directory),
    warnings: () => watch.inForce().warnings,
    problems: () => watch.problems(),
    close: () => watch.close(),
  };
}
