/** `850 µs`, `12.3 ms`, `4.21 s`, `3 min 5 s`. */
export function formatMicroseconds(value: number): string {
  if (value < 1_000) return `${Math.round(value)} µs`;
  if (value < 10_000) return `${(value / 1_000).toFixed(2)} ms`;
  if (value < 1_000_000) return `${(value / 1_000).toFixed(1)} ms`;
  return formatAge(value / 1_000);
}

/** The time that has passed, in the two largest units: `4.2 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
  const whole = Math.floor(seconds);
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3_600)} h`;
}

/** ISO 8601 in UTC, with milliseconds; records hold epoch milliseconds. */
export function formatTime(epochMs: number): string {
  const date = new Date(epochMs);
  return Number.isNaN(date.getTime()) ? `${epochMs} ms` : date.toISOString();
}

/** When a retry is tried again, from now: `next try in 42.0 s, 2025-01-31T12:00:00.000Z`. */
export function dueText(dueAtMs: number, nowMs: number): string {
  const when = dueAtMs <= nowMs ? `due since ${formatAge(nowMs - dueAtMs)}` : `in ${formatAge(dueAtMs - nowMs)}`;
  return `next try ${when}, ${formatTime(dueAtMs)}`;
}
