import type { CheckResult } from '@trunkline/runtime';
import type { SourceCatalog } from '@trunkline/sources';

/** Where the sources come from: a watched file today, the control service later. */
export interface SourceProvider {
  /** The last good state. Asked per request, so a change counts for the next one. */
  catalog(): SourceCatalog;
  /** Still ok after a broken change, because the last good state is in force; the detail tells. */
  check(): CheckResult;
  /** What of them is not as it was meant, for operators. */
  summary(): Readonly<Record<string, unknown>>;
  /** Resolves with a first good state; config_invalid when there is none. */
  start(): Promise<void>;
  close(): Promise<void>;
}
