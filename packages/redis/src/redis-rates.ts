import { createHash } from 'node:crypto';

import { createBreaker } from '@trunkline/breaker';
import {
  createRecentMap,
  intervalMs,
  messageOf,
  type RateBucket,
  type RateLimiter,
  systemClock,
} from '@trunkline/core';

import { mostAheadMs } from './gcra.ts';
import { createLocalRates } from './local-rates.ts';
import { holdScript, takeScript } from './rate-scripts.ts';
import { openRedis, type RedisAddress } from './redis-connection.ts';

export interface RedisRatesOptions extends RedisAddress {
  /** Prefix of the installation; may be empty. */
  readonly namespace: string;
  /** How many processes use the same accounts, at most: without Redis each takes this share of a rate. 4 when absent. */
  readonly limiterProcesses?: number;
  /** Longest wait for Redis; 50 ms when absent. */
  readonly timeoutMs?: number;
  readonly onEvent: (event: RatesEvent) => void;
}

/** From now on each process keeps its share for itself, or all keep the rates together again. */
export type RatesEvent = { readonly kind: 'away'; readonly reason: string } | { readonly kind: 'back' };

export interface RedisRates extends RateLimiter {
  /** Whether the rates are kept together at this moment. */
  isUp(): boolean;
  close(options: { readonly deadlineMs: number }): Promise<void>;
}

const defaultTimeoutMs = 50;
const defaultProcesses = 4;
const trialAfterMs = 1_000;
const maxBuckets = 100_000;

/**
 * Rates that all processes keep together: one round trip a turn. Without Redis they go on, narrower and never wider: each
 * process has its share. At either change a bucket is shut until every turn that was given before it is over and everybody
 * has noticed, and then starts with nothing left of its burst: whoever keeps it from now on does not know what was let go.
 */
export function createRedisRates(options: RedisRatesOptions): RedisRates {
  const { namespace, limiterProcesses = defaultProcesses, timeoutMs = defaultTimeoutMs, onEvent } = options;
  const connection = openRedis(options);
  const { redis } = connection;
  const local = createLocalRates({ processes: limiterProcesses, now: systemClock, maxBuckets });
  /** Counted from 0, each a time without Redis; and for each bucket the last one after which it was shut. */
  let outages = 0;
  /** Of the turns that may still lie ahead; every process of an installation waits alike. */
  let longestWaitMs = 0;
  const reopened = createRecentMap<string, number>(maxBuckets);
  const breaker = createBreaker({
    timeoutMs,
    trialAfterMs,
    // A write, because a server that is full or a replica answers reads and refuses these.
    trial: () => redis.set(`${namespace}limit-trial`, '1', 'PX', trialAfterMs),
    onChange(change) {
      if (change.kind === 'away') {
        outages += 1;
        local.restart(longestWaitMs);
      }
      onEvent(change.kind === 'away' ? { ...change, reason: connection.trouble() ?? change.reason } : change);
    },
  });

  const keyOf = ({ key }: RateBucket): string => `${namespace}limit:${key}`;
  const micros = (ms: number): number => Math.ceil(ms * 1_000);

  async function run(script: Script, keys: readonly string[], values: readonly number[]): Promise<unknown> {
    try {
      return await redis.evalsha(script.digest, keys.length, ...keys, ...values);
    } catch (error) {
      // After a start of Redis, or a flush.
      if (!messageOf(error).startsWith('NOSCRIPT')) throw error;
      return await redis.eval(script.text, keys.length, ...keys, ...values);
    }
  }

  return {
    async take(buckets, { waitAtMostMs }) {
      longestWaitMs = Math.max(longestWaitMs, waitAtMostMs);
      const values = buckets.flatMap((bucket) => [
        micros(intervalMs(bucket)),
        bucket.burst,
        (reopened.get(bucket.key) ?? 0) < outages ? micros(longestWaitMs + trialAfterMs + timeoutMs) : 0,
      ]);
      const outage = outages;
      let answer: unknown;
      const isAnswered = await breaker.run(async () => {
        answer = await run(take, buckets.map(keyOf), [micros(waitAtMostMs), micros(mostAheadMs), ...values]);
      });
      // Between the question and the answer it may have been given up, and others go by their shares.
      if (!isAnswered || outage !== outages || !isTurn(answer)) return await local.take(buckets, { waitAtMostMs });
      if (outage > 0) for (const { key } of buckets) reopened.set(key, outage);
      return { kind: answer[0] === 1 ? 'turn' : 'later', waitMs: Number(answer[1]) / 1_000 };
    },
    async hold(buckets, forMs) {
      if (buckets.length === 0 || forMs <= 0) return;
      await local.hold(buckets, forMs);
      await breaker.run(() => run(hold, buckets.map(keyOf), [micros(forMs)]));
    },
    isUp: () => connection.isReady() && breaker.isClosed(),
    async close(closing) {
      breaker.close();
      await connection.close(closing);
    },
  };
}

interface Script {
  readonly text: string;
  /** As `EVALSHA` names it. */
  readonly digest: string;
}

function scriptOf(text: string): Script {
  return { text, digest: createHash('sha1').update(text).digest('hex') };
}

const take = scriptOf(takeScript);
const hold = scriptOf(holdScript);

function isTurn(answer: unknown): answer is readonly [number, string] {
  return Array.isArray(answer) && typeof answer[0] === 'number' && typeof answer[1] === 'string';
}
