/** What a benchmark is, and what it reports. Each is a file; benchmarks.ts lists them. */
import type { BenchWorld } from './world.ts';

export interface BenchRun {
  readonly rounds: number;
  /** Of one measurement: each side of a comparison gets this long in every round. */
  readonly seconds: number;
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
  /** An installation of its own on the run's servers; closed after the benchmark, with whatever was started in it. */
  readonly world: () => Promise<BenchWorld>;
}

/** One thing that was measured once a round. Ratios are taken inside a round, then their median. */
export interface Figure {
  readonly label: string;
  /** `/s`, `µs`, `ms`, `MB`, or `×` for a ratio. */
  readonly unit: string;
  readonly perRound: readonly number[];
  /** Further columns, already as text. */
  readonly beside?: Readonly<Record<string, string>>;
}

/** A figure held against what quality demands of it. */
export interface Bar {
  /** The label of the figure. */
  readonly figure: string;
  readonly is: 'at least' | 'at most';
  readonly first: number;
  readonly goal?: number;
}

export interface BenchReport {
  readonly figures: readonly Figure[];
  readonly bars: readonly Bar[];
  /** What a reader must know to believe or doubt the figures. */
  readonly notes: readonly string[];
}

export interface Benchmark {
  /** The word on the command line. */
  readonly name: string;
  readonly title: string;
  /** What is compared with what, in a sentence. */
  readonly question: string;
  run(run: BenchRun): Promise<BenchReport>;
}
