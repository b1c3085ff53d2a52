import type { Clock } from '@trunkline/core';

import type { ExitName } from './exit-codes.ts';
import type { Output } from './output.ts';
import type { Settings } from './settings.ts';

/** What every command is given beside its own options. */
export interface CommandContext {
  readonly output: Output;
  readonly settings: Settings;
  /** Where the command was typed; relative paths of arguments start here. */
  readonly directory: string;
  /** The bytes of stdin, up to a limit; throws `payload_too_large` above it. */
  readonly readStdin: (limitBytes: number) => Promise<Uint8Array>;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** The body of a command: says its result through the context and returns how it ended. */
export type Run<Options> = (options: Options, context: CommandContext) => Promise<ExitName>;

/** Ties a parsed command line to its body; given to every `define`. */
export type Launch = <Options>(run: Run<Options>, options: Options) => Promise<void>;
