import type { OperatorAccess } from '../access.ts';

/** `skipped`: it could not be looked at, because what it needs is missing or failed its own check. */
export type CheckState = 'ok' | 'warning' | 'failed' | 'skipped';

export interface CheckOutcome {
  readonly state: CheckState;
  /** One line: what was found. */
  readonly detail: string;
  /** One line: what to do. */
  readonly fix?: string;
}

/** One thing that is looked at, through a context that says where it is: one file, one line. A check changes nothing. */
export interface Check<Context = OperatorAccess> {
  readonly name: string;
  /** Checks that must not have failed first; otherwise this one is skipped. */
  readonly requires: readonly string[];
  run(context: Context, signal: AbortSignal): Promise<CheckOutcome>;
}

export function ok(detail: string): CheckOutcome {
  return { state: 'ok', detail };
}

export function warning(detail: string, fix: string): CheckOutcome {
  return { state: 'warning', detail, fix };
}

export function failed(detail: string, fix: string): CheckOutcome {
  return { state: 'failed', detail, fix };
}

export function skipped(detail: string): CheckOutcome {
  return { state: 'skipped', detail };
}

/** The first few of a list and how many more there are: a check is one line. */
export function few(items: readonly string[], most = 4): string {
  return items.length <= most ? items.join(', ') : `${items.slice(0, most).join(', ')} and ${items.length - most} more`;
}
