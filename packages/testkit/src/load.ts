import { setTimeout as pause } from 'node:timers/promises';

import type { PromiseLedger } from './ledger.ts';

/** What one posting came back with. A connection that broke is not an answer. */
export interface Answer {
  readonly status: number;
  /** Also of a refusal: its record is found by it. */
  readonly deliveryId: string | undefined;
  readonly eventIds: readonly string[];
  readonly retryAfterSeconds: number | undefined;
}

export interface LoadOptions {
  /** Posts delivery number n once. Rejects when the connection fails. */
  readonly post: (n: number) => Promise<Answer>;
  readonly deliveries: number;
  readonly perSecond: number;
  /** At most this many deliveries are open at once; the rest wait and are counted as late. */
  readonly maxOpen: number;
  /** How a provider behaves: it tries the same delivery again after this long, until it reads a 2xx. */
  readonly retryAfterMs: number;
  /** Past this, open deliveries are given up (and were never promised). */
  readonly deadlineMs: number;
  readonly ledger: PromiseLedger;
  /** Stops sending; what is open is given up. */
  readonly signal?: AbortSignal;
}

export interface LoadReport {
  readonly sent: number;
  readonly accepted: number;
  readonly givenUp: number;
  /** Postings beyond the first of each delivery. */
  readonly retried: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly brokenConnections: number;
  readonly latenciesMs: readonly number[];
}

/** Sends deliveries at a steady rate, as a provider would, and writes each 2xx into the ledger. */
export async function sendLoad(options: LoadOptions): Promise<LoadReport> {
  const endsAt = performance.now() + options.deadlineMs;
  const counts = { accepted: 0, givenUp: 0, retried: 0, brokenConnections: 0 };
  const refused: Record<string, number> = {};
  const latenciesMs: number[] = [];
  const open = new Set<Promise<void>>();

  const deliver = async (n: number): Promise<void> => {
    for (let attempt = 0; performance.now() < endsAt && options.signal?.aborted !== true; attempt += 1) {
      if (attempt > 0) counts.retried += 1;
      const startedAt = performance.now();
      const answer = await options.post(n).catch(() => undefined);
      if (answer === undefined) counts.brokenConnections += 1;
      else if (answer.status >= 200 && answer.status < 300) {
        latenciesMs.push(performance.now() - startedAt);
        counts.accepted += 1;
        for (const id of answer.eventIds) options.ledger.promise(id);
        return;
      } else refused[answer.status] = (refused[answer.status] ?? 0) + 1;
      await pause(options.retryAfterMs);
    }
    counts.givenUp += 1;
  };

  const startedAt = performance.now();
  for (let n = 0; n < options.deliveries && options.signal?.aborted !== true; n += 1) {
    const wait = startedAt + (n * 1_000) / options.perSecond - performance.now();
    if (wait > 0) await pause(wait);
    while (open.size >= options.maxOpen) await Promise.race(open);
    const delivery: Promise<void> = deliver(n).then(() => {
      open.delete(delivery);
    });
    open.add(delivery);
  }
  await Promise.all(open);
  return { sent: options.deliveries, ...counts, refused, latenciesMs };
}

/** The value below which the given share of the sorted sample lies; NaN for an empty sample. */
export function percentile(sample: readonly number[], share: number): number {
  const sorted = sample.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
