/** Longer than this nobody means it, or nobody should wait for it. */
const mostMs = 24 * 3_600_000;

/**
 * The wait that a `Retry-After` asks for (RFC 9110 §10.2.3): seconds, which some send with a fraction, or a date in any of
 * the three forms of HTTP. Undefined for what is neither. A date that has passed is no wait.
 */
export function retryAfterMs(value: string | undefined, nowMs: number): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d{1,10}(?:\.\d{1,9})?$/.test(text)) return Math.min(Math.ceil(Number(text) * 1_000), mostMs);
  // Date.parse takes much that is no date of HTTP: "-1", "2026", "soon 5".
  if (!/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /.test(text)) return undefined;
  // The form of asctime has no zone, and is of Greenwich.
  const atMs = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return Number.isNaN(atMs) ? undefined : Math.min(Math.max(atMs - nowMs, 0), mostMs);
}
