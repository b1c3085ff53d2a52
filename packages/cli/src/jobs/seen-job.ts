import type { Database, JobChange } from '@trunkline/postgres';

import type { CommandContext } from '../context.ts';

/** A job as the `jobs` commands see it, whoever works on it. */
export interface SeenJob {
  readonly id: string;
  readonly kind: string;
  /** What it is about: a consumer group, an endpoint or a source. */
  readonly of: string;
  /** What people see of its phase. */
  readonly stateText: string;
  /** `asked`: not counted yet. `awaiting`: everything is sent, not everything is over. */
  readonly phase: 'asked' | 'running' | 'awaiting' | 'ended';
  readonly total: number;
  /** Nothing more is done about them. */
  readonly done: number;
  /** Did not come to the end that was wanted. */
  readonly failed: number;
  /** A second. */
  readonly rate: number;
  readonly actor: string;
  readonly note: string;
  readonly createdAtMs: number;
  /** Why it stands still, or why it ended so. */
  readonly reason: string | undefined;
  /** Somebody works on it; undefined where that is not known. */
  readonly isTaken: boolean | undefined;
}

/** Jobs of one service, in its schema. */
export interface JobSource<J> {
  readonly schema: 'journal' | 'delivery';
  /** What a job does, beside the progress bar. */
  readonly doing: string;
  /** Why nobody might have taken a job. */
  readonly untaken: string;
  /** Newest first; with `all` also those that ended more than a day ago. */
  list(database: Database, asked: { readonly all: boolean; readonly signal: AbortSignal }): Promise<readonly J[]>;
  find(database: Database, id: string, signal?: AbortSignal): Promise<J | undefined>;
  change(
    database: Database,
    asked: { readonly id: string; readonly change: JobChange; readonly actor: string; readonly note?: string },
  ): Promise<J | undefined>;
  seen(job: J): SeenJob;
  /** Says all there is about a job, as the result of the command. */
  show(job: J, context: CommandContext): Promise<void>;
}
