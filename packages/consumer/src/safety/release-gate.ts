import { setTimeout as delay } from 'node:timers/promises';

import type { Clock } from '@trunkline/core';

import { type Behind, type Failed, isBehind, isFailed, isHang, type Result } from '../batch/result.ts';
import { tenantOf } from '../batch/tenant-of.ts';
import { likenessOf } from '../failures/exception-headers.ts';
import type { Via } from '../handler.ts';
import type { ConsumerLimits } from '../limits.ts';
import type { ConsumerLog, ConsumerMetrics } from '../ports.ts';
import {
  type BadRelease,
  type KeyOutcome,
  mostFrequent,
  ReleaseGuard,
  type ReleaseGuardLimits,
} from './release-guard.ts';

/**
 * Where a batch of the group waits instead of moving a whole backlog to retry and dead-letter topics because of a bad
 * release. What failed alike is kept and tried again; as soon as most of it no longer does, everything goes on.
 */
export interface ReleaseGate {
  /** Why the group stands still, for /readyz; undefined while it does not. */
  reason(): string | undefined;
  /** A batch enters before it runs. While another one is kept here, it waits. */
  enter(via: Via, signal: AbortSignal): Promise<Passage>;
}

/** One batch on its way. Whoever enters leaves. */
export interface Passage {
  /** What has to be run again after `untilProbe`; empty when everything may be finished. */
  keep(results: readonly Result[]): readonly Failed[];
  /** Rejects when the signal takes the records away. */
  untilProbe(signal: AbortSignal): Promise<void>;
  leave(): void;
}

export interface ReleaseGateOptions {
  readonly group: string;
  readonly limits: ReleaseGuardLimits & Pick<ConsumerLimits, 'releaseFirstProbeMs' | 'releaseLastProbeMs'>;
  readonly clock: Clock;
  readonly log: ConsumerLog;
  readonly metrics: ConsumerMetrics;
}

export function createReleaseGate(options: ReleaseGateOptions): ReleaseGate {
  const { group, limits, clock, log, metrics } = options;
  const guard = new ReleaseGuard(limits, clock);
  const kept = new Set<object>();
  let trip: { readonly release: BadRelease; readonly sinceMs: number } | undefined;
  let opened = Promise.withResolvers<void>();
  opened.resolve();

  function close(release: BadRelease): void {
    trip = { release, sinceMs: clock() };
    opened = Promise.withResolvers();
    metrics.count('release_guard_trips_total', { group });
    log.error(
      {
        event: 'release_guard.tripped',
        group,
        likeness: release.likeness,
        keys: release.keys,
        failing: release.failingKeys,
      },
      'ALERT: most keys fail alike; the group stands still and moves nothing to its retry and dead-letter topics',
    );
  }

  function open(): void {
    log.info({ event: 'release_guard.opened', group, heldMs: clock() - (trip?.sinceMs ?? clock()) }, 'resumed');
    trip = undefined;
    guard.reset();
    opened.resolve();
  }

  /** A first run is judged together with the last minute. */
  function judgeNews(results: readonly Result[]): readonly Failed[] {
    const failed = results.filter(isFailed).filter(counts);
    if (failed.length === 0 && !guard.isWatching) return [];
    guard.note(results.flatMap((result) => outcomeOf(result) ?? []));
    const release = trip?.release ?? guard.verdict();
    if (release === undefined) return [];
    const alike = failed.filter(({ error }) => likenessOf(error) === release.likeness);
    if (alike.length > 0 && trip === undefined) close(release);
    return alike;
  }

  /** What comes again has failed before: that it fails once more says nothing new, that it does not is news of its key. */
  function judgeAgain(results: readonly Result[]): void {
    if (!guard.isWatching) return;
    guard.note(results.flatMap((result) => (isFailed(result) ? [] : (outcomeOf(result) ?? []))));
  }

  /** What was kept is judged by itself: nobody else runs. */
  function judgeProbe(results: readonly Result[]): readonly Failed[] {
    const failed = results.filter(isFailed).filter(counts);
    const worst = mostFrequent(failed.map(({ error }) => likenessOf(error)));
    if (worst === undefined || worst.count <= limits.releaseShare * results.length) return [];
    return failed.filter(({ error }) => likenessOf(error) === worst.value);
  }

  return {
    reason() {
      return trip === undefined ? undefined : reasonOf(trip.release, limits);
    },
    async enter(via, signal) {
      while (trip !== undefined) await withSignal(opened.promise, signal);
      const self = {};
      let probes = 0;
      return {
        keep(results) {
          if (via !== 'main') {
            judgeAgain(results);
            return [];
          }
          const held = probes === 0 ? judgeNews(results) : judgeProbe(results);
          if (held.length > 0) kept.add(self);
          return held;
        },
        async untilProbe(until) {
          const waitMs = Math.min(limits.releaseLastProbeMs, limits.releaseFirstProbeMs * 2 ** Math.min(probes, 20));
          probes += 1;
          await delay(waitMs, undefined, { signal: until });
        },
        leave() {
          // Also when its records were taken away: whoever has them now finds out for itself.
          if (kept.delete(self) && kept.size === 0) open();
        },
      };
    },
  };
}

/** Lets everything pass: for an operator who has decided that these events are to fail. */
export const openGate: ReleaseGate = {
  reason: () => undefined,
  enter: () => Promise.resolve({ keep: () => [], untilProbe: () => Promise.resolve(), leave: () => undefined }),
};

/** That an event is too old is no release's doing. */
function counts({ error }: Failed): boolean {
  return error.code !== 'too_old';
}

function outcomeOf(result: Result): KeyOutcome | undefined {
  // One that waits for another one of its key says nothing that the other one has not said.
  if (isBehind(result) || ('outcome' in result && result.outcome === 'parked')) return undefined;
  const { source } = result.attempt;
  const key = source.key?.toString('latin1') ?? `${source.partition}:${source.offset}`;
  const tenant = tenantOf(source);
  if (!isFailed(result)) return { key, tenant, likeness: undefined, run: runOf(result) };
  return counts(result) ? { key, tenant, likeness: likenessOf(result.error), run: runOf(result) } : undefined;
}

function runOf(result: Exclude<Result, Behind>): KeyOutcome['run'] {
  if (!isFailed(result)) return result.outcome === 'duplicate' ? 'none' : 'ended';
  if (!result.ran) return 'none';
  return isHang(result.error) ? 'hung' : 'ended';
}

function reasonOf({ likeness, failingKeys, keys }: BadRelease, limits: ReleaseGateOptions['limits']): string {
  const probeSeconds = limits.releaseLastProbeMs / 1_000;
  return (
    `most keys fail alike (${likeness}; ${failingKeys} of ${keys} keys): a bad release? Nothing goes to retry or ` +
    `dead-letter topics meanwhile. Roll back, or fix what they fail with: it tries again by itself, at least every ` +
    `${probeSeconds} s. docs/runbooks/group-paused.md`
  );
}

async function withSignal(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(new Error('the records were taken away', { cause: signal.reason }));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
