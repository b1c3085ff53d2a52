/** What a fault row is, and what it reports. Each row is a file; rows.ts lists them. */
import type { Judgement, Mutation } from '@trunkline/testkit';

import type { FaultWorld } from './world.ts';

export interface RowScale {
  readonly deliveries: number;
  readonly perSecond: number;
  readonly kills: number;
}

export interface RowRun {
  readonly world: FaultWorld;
  readonly scale: RowScale;
  readonly seed: number;
  /** A safeguard to undo: the row must then find something lost or doubled. */
  readonly mutation?: Mutation;
  readonly onProgress: (line: string) => void;
}

export interface RowReport {
  readonly judgement: Judgement;
  /** Figures beside lost and doubled, in the order to print them. */
  readonly figures: Readonly<Record<string, number | string>>;
}

export interface FaultRow {
  readonly id: string;
  /** What is done to the system: "kill -9 of the ingress". */
  readonly title: string;
  /** As quality demands it, and as short as `npm test` can afford. */
  readonly full: RowScale;
  readonly short: RowScale;
  /** What protects it, undone one at a time. */
  readonly safeguards: readonly Mutation[];
  run(run: RowRun): Promise<RowReport>;
}
