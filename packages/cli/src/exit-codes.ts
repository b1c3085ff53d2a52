import type { ErrorCode } from '@trunkline/core';

/**
 * How a command may end. Scripts build on these numbers, so the table is append-only;
 * `trunkline help exit-codes` prints it.
 */
export const exitCodes = {
  ok: { code: 0, meaning: 'done; what was asked about is in order' },
  refused: {
    code: 1,
    meaning:
      'the thing asked about failed or was refused (a rejected signature, a failed check, an incompatible schema)',
  },
  usage: { code: 2, meaning: 'the command line or a setting is wrong; nothing was done' },
  not_found: { code: 3, meaning: 'the id, source, fixture or group does not exist, or is not in the time looked at' },
  unreachable: { code: 4, meaning: 'a dependency does not answer (Kafka, registry, Postgres, ingress, trace store)' },
  interrupted: { code: 130, meaning: 'stopped by a signal before it was done' },
} as const satisfies Record<string, { readonly code: number; readonly meaning: string }>;

export type ExitName = keyof typeof exitCodes;

/** Which of the ends an error of the one error class means. */
export function exitOfError(code: ErrorCode): ExitName {
  switch (code) {
    case 'config_invalid':
      return 'usage';
    case 'source_unknown':
      return 'not_found';
    case 'dependency_unavailable':
    case 'publish_unavailable':
    case 'overloaded':
    case 'request_timeout':
      return 'unreachable';
    default:
      return 'refused';
  }
}
