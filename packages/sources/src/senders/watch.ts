import { followPart, type PartWatchOptions } from '../follow-part.ts';
import type { Problem } from '../problem.ts';
import { readSenders } from './load.ts';
import type { Senders } from './senders.ts';

export type SendersWatchOptions = PartWatchOptions<{ readonly senders: Senders }>;

export interface SendersWatch {
  /** The last good state of the file. */
  senders(): Senders;
  /** What will not work as meant. */
  warnings(): readonly Problem[];
  /** The mistakes of an edit that is not in force; empty while the file is. */
  problems(): readonly Problem[];
  /** Resolves when nothing is read any more; no callback comes after it. */
  close(): Promise<void>;
}

/** Reads the senders of the sources file and follows it, with every `file:` secret. As `followPart` does. */
export async function watchSenders(path: string, options: SendersWatchOptions): Promise<SendersWatch> {
  const watch = await followPart(path, readSenders, options);
  return {
    senders: () => watch.inForce().senders,
    warnings: () => watch.inForce().warnings,
    problems: () => watch.problems(),
    close: () => watch.close(),
  };
}
