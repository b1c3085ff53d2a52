import { setTimeout as delay } from 'node:timers/promises';

import { type Clock, intervalMs, type RateLimiter, systemClock } from '@trunkline/core';

import type { Dialler } from '../dial/dialler.ts';
import { type FailedAttempt, type MadeAttempt, sendOnce } from './attempt.ts';
import { type BreakerEvent, createBreakers } from './breakers.ts';
import type { Arrived } from './happening.ts';
import { type CallLimits, callLimits } from './limits.ts';
import type { OutboundCall } from './outbound-call.ts';
import type { CallFailure, CallOutcome } from './outcome.ts';
import { createRetryBudget } from './retry-budget.ts';
import { retryTable } from './retry-table.ts';

export interface CallReport {
  readonly call: OutboundCall;
  readonly outcome: CallOutcome;
  readonly tookMs: number;
}

export interface CallerOptions {
  readonly dialler: Dialler;
  /** Without one, no rate is kept. */
  readonly limiter?: RateLimiter;
  readonly limits?: Partial<CallLimits>;
  readonly now?: Clock;
  /** Of the waits before repeats. */
  readonly random?: () => number;
  /** Once per call, for a log line and for metrics. */
  readonly onCall?: (report: CallReport) => void;
  readonly onBreaker?: (event: BreakerEvent) => void;
}

/** The upper floor: one call with its turns, repeats and breakers, as the retry table says. */
export interface Caller {
  /** Never rejects: what went wrong is an outcome. */
  call(call: OutboundCall): Promise<CallOutcome>;
  /** When the next probe of an open breaker may go, epoch milliseconds; undefined while it is closed. */
  probeAtMs(of: BreakerEvent['of'], key: string): number | undefined;
}

interface Progress {
  attempts: number;
  waitedMs: number;
  arrived: Arrived;
}

const ranks: readonly Arrived[] = ['no', 'refused', 'maybe'];
const further = (one: Arrived, other: Arrived): Arrived => (ranks.indexOf(one) > ranks.indexOf(other) ? one : other);

export function createCaller(options: CallerOptions): Caller {
  const { dialler, limiter, now = systemClock, random = Math.random, onCall } = options;
  const limits: CallLimits = { ...callLimits, ...options.limits };
  const breakers = createBreakers({ limits, now, onChange: (event) => options.onBreaker?.(event) });
  const repeats = createRetryBudget(limits, now);
  let waiting = 0;

  /** False when it may not wait: too many do, or the caller gave up. */
  async function wait(ms: number, progress: Progress, signal: AbortSignal | undefined): Promise<boolean> {
    if (ms <= 0) return true;
    if (waiting >= limits.maxWaitingCalls) return false;
    waiting += 1;
    progress.waitedMs += ms;
    try {
      await delay(ms, undefined, signal === undefined ? {} : { signal });
      return true;
    } catch {
      // Nothing but the caller's signal ends it.
      return false;
    } finally {
      waiting -= 1;
    }
  }

  /** A turn in the buckets of the call, or why there is none. */
  async function takeTurn(
    call: OutboundCall,
    progress: Progress,
    deadlineAtMs: number,
  ): Promise<FailedAttempt | undefined> {
    const { buckets = [], signal } = call;
    if (limiter === undefined || buckets.length === 0) return undefined;
    for (;;) {
      const leftMs = deadlineAtMs - performance.now();
      const turn = await limiter.take(buckets, { waitAtMostMs: Math.max(Math.min(limits.waitInPlaceMs, leftMs), 0) });
      if (turn.kind === 'later') {
        const detail = `its rate limit lets it go in ${Math.ceil(turn.waitMs / 1_000)} s`;
        return { happening: 'overloaded', retryAfterMs: turn.waitMs, detail };
      }
      const wokenAtMs = performance.now() + turn.waitMs;
      if (!(await wait(turn.waitMs, progress, signal))) return givenUp(signal);
      // A process that was frozen would let go at once what was to go one by one.
      if (performance.now() - wokenAtMs <= Math.min(limits.lateTurnMs, ...buckets.map(intervalMs))) return undefined;
    }
  }

  async function attempt(call: OutboundCall, progress: Progress, deadlineAtMs: number): Promise<MadeAttempt> {
    const place = placeOf(call.request);
    const admission = breakers.admit(call.connection, place);
    if (admission.kind === 'open') {
      const retryAfterMs = Math.max(admission.probeAtMs - now(), 0);
      return { happening: 'held_back', retryAfterMs, detail: `the breaker of the ${admission.of} is open` };
    }
    const refused = await takeTurn(call, progress, deadlineAtMs);
    if (refused !== undefined) {
      admission.settle(refused.happening);
      return refused;
    }
    repeats.called(place);
    progress.attempts += 1;
    const made = await sendOnce({
      dialler,
      call,
      limits,
      now,
      host: hostOf(call.request),
      repeat: progress.attempts - 1,
      timeoutMs: deadlineAtMs - performance.now(),
    });
    admission.settle(made.happening);
    if (made.happening === 'rate_limited') await limiter?.hold(call.buckets ?? [], made.retryAfterMs ?? 0);
    return made;
  }

  /** How long to wait before the call is repeated; undefined when it ends here. */
  function repeatIn(call: OutboundCall, made: FailedAttempt, progress: Progress): number | undefined {
    const row = retryTable[made.happening];
    if (progress.attempts === 0 || progress.attempts > Math.min(row.repeats, limits.maxCallRetries)) return undefined;
    if (row.when === 'repeatable' && !call.isRepeatable) return undefined;
    const ownMs = random() * limits.firstRepeatMs * 2 ** (progress.attempts - 1);
    return Math.max(made.retryAfterMs ?? 0, ownMs);
  }

  async function run(call: OutboundCall): Promise<CallOutcome> {
    const deadlineAtMs = performance.now() + (call.timeoutMs ?? limits.callTimeoutMs);
    const progress: Progress = { attempts: 0, waitedMs: 0, arrived: 'no' };
    for (;;) {
      const made = await attempt(call, progress, deadlineAtMs);
      if (made.happening === 'ok') return { kind: 'answer', ...made.answer, ...told(progress) };
      progress.arrived = further(progress.arrived, made.arrived ?? retryTable[made.happening].arrived);
      const inMs = repeatIn(call, made, progress);
      const fits = inMs !== undefined && inMs <= limits.waitInPlaceMs && inMs < deadlineAtMs - performance.now() - 1;
      if (!fits || !repeats.take(placeOf(call.request))) return failureOf(call, made, progress);
      if (!(await wait(inMs, progress, call.signal))) return failureOf(call, made, progress);
    }
  }

  return {
    async call(call) {
      const startedAtMs = performance.now();
      const outcome = await run(call);
      onCall?.({ call, outcome, tookMs: performance.now() - startedAtMs });
      return outcome;
    },
    probeAtMs: (of, key) => breakers.probeAtMs(of, key),
  };
}

function failureOf(call: OutboundCall, made: FailedAttempt, progress: Progress): CallFailure {
  return {
    kind: 'failure',
    code: retryTable[made.happening].code,
    happening: made.happening,
    arrived: progress.arrived,
    ...(made.answer === undefined ? {} : { answer: made.answer }),
    ...(made.retryAfterMs === undefined ? {} : { retryAfterMs: made.retryAfterMs }),
    detail: `${call.name}: ${made.detail}`,
    ...told(progress),
  };
}

function told({ attempts, waitedMs }: Progress): { attempts: number; waitedMs: number } {
  return { attempts, waitedMs };
}

function givenUp(signal: AbortSignal | undefined): FailedAttempt {
  return signal?.aborted === true
    ? { happening: 'aborted', arrived: 'no', detail: 'given up by its caller' }
    : { happening: 'overloaded', detail: 'too many calls wait for a rate limit' };
}

/**
 * Whose breaker a request would meet: the host, and whose certificate it shows, so that a wrong one closes the host to nobody
 * else.
 */
function placeOf(request: OutboundCall['request']): string {
  const host = hostOf(request);
  return request.tls === undefined ? host : `${host} (${request.tls.name})`;
}

/** With its port. A URL that is none is refused by the dialler. */
function hostOf({ url }: OutboundCall['request']): string {
  return URL.canParse(url) ? new URL(url).host : '';
}
