/** What the parent and its guardian say to each other over the pipe between them. */
import type { ProcessIdentity } from './processes.ts';

/** How to run one server and how to end it. */
export interface Launch {
  readonly part: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly logPath: string;
  readonly uid?: number;
  readonly gid?: number;
  /** The signal that makes this server stop in order. */
  readonly stopSignal: NodeJS.Signals;
  /** Killed when it still runs this long after `stopSignal`. */
  readonly graceMs: number;
  /** Parts of a higher rank are stopped before those of a lower one, because they use them. */
  readonly rank: number;
}

export type ToGuardian =
  | { readonly type: 'launch'; readonly id: number; readonly launch: Launch }
  | { readonly type: 'stop'; readonly id: number; readonly part: string }
  | { readonly type: 'signal'; readonly id: number; readonly part: string; readonly signal: NodeJS.Signals }
  | { readonly type: 'shutdown' };

export type FromGuardian =
  | { readonly type: 'listening' }
  | { readonly type: 'answer'; readonly id: number; readonly pid?: number; readonly error?: string }
  | {
      readonly type: 'exited';
      readonly part: string;
      readonly pid: number;
      readonly code: number | null;
      readonly signal: string | null;
    };

/** The pid file: who owns the stack and which processes belong to it. Written by the guardian at every change. */
export interface StackState {
  readonly owner: ProcessIdentity;
  readonly guardian: ProcessIdentity;
  readonly children: readonly ChildState[];
}

export interface ChildState extends ProcessIdentity {
  readonly part: string;
  readonly stopSignal: NodeJS.Signals;
  readonly graceMs: number;
  readonly rank: number;
}
