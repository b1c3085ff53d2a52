import { headerName } from '@trunkline/events';

/** One run of `dlq redrive`: all its records carry the same id, so that they can be counted and found. */
export interface RedriveRun {
  readonly redriveId: string;
  readonly nowMs: number;
  /** Ids of letters that are too old and are sent all the same, because somebody said so. */
  readonly forcedIds: ReadonlySet<string>;
}

/**
 * The headers of a dead letter on its way back: everything about its origin and its last failure stays (`ce_*`,
 * `x-original-*`, `x-exception-*`, `x-attempts-total`), the attempt and the age begin anew, and the redrives are counted.
 */
export function redriveHeaders(
  headers: Readonly<Record<string, string>>,
  run: Pick<RedriveRun, 'redriveId' | 'nowMs'>,
  options: { readonly forced: boolean } = { forced: false },
): Record<string, string> {
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !begunAnew.has(name)));
  return {
    ...kept,
    // The one original that is ever rewritten: consumers refuse a record by this time, and a person has decided
    // that an effect which the inbox may no longer remember is to be applied.
    ...(options.forced ? { [headerName.originalTimestamp]: String(run.nowMs) } : {}),
    [headerName.redriveAt]: String(run.nowMs),
    [headerName.redriveId]: run.redriveId,
    [headerName.redriveCount]: String(countOf(headers[headerName.redriveCount]) + 1),
  };
}

const begunAnew: ReadonlySet<string> = new Set([
  headerName.retryAttempt,
  headerName.retryDueAt,
  headerName.firstFailureAt,
]);

/** A count in a header; 0 when it is absent or not a number (the record may have been put there by hand). */
export function countOf(text: string | undefined): number {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : 0;
}
