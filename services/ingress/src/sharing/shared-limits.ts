import { createRecentMap } from '@trunkline/core';
import type { Link } from '@trunkline/runtime';

import type { IngressConfig } from '../config.ts';
import { mostSources } from '../limits/source-rates.ts';
import { type BucketRate, fill, fullBucket, type TokenBucket, waitMs } from '../limits/token-bucket.ts';
import { floorBytes } from './leased-budget.ts';
import { type RateGrant, type RateQuestion, sharingWord } from './words.ts';

/** For the first process of an ingress with workers. */
export function sharedAmongWorkers({
  limits,
  workers,
}: Pick<IngressConfig, 'limits' | 'workers'>): SharedLimits['serve'] {
  const { bodyBytesInFlight } = limits;
  const shared = createSharedLimits({ workers, bodyBytesInFlight, nowMs: () => performance.now() });
  return (worker, whenGone) => shared.serve(worker, whenGone);
}

/** The limits that hold for the sum of all workers, kept by the process that started them. */
export interface SharedLimits {
  /** Answers a worker, until it is gone. */
  serve(worker: Link, whenGone: (gone: () => void) => void): void;
}

export interface SharedLimitsOptions {
  readonly workers: number;
  readonly bodyBytesInFlight: number;
  /** Of a clock that does not jump. */
  readonly nowMs: () => number;
}

export function createSharedLimits({ workers, bodyBytesInFlight, nowMs }: SharedLimitsOptions): SharedLimits {
  const grant = createRateGrants(workers, nowMs);
  const floor = floorBytes(bodyBytesInFlight, workers);
  const links = new Set<Link>();
  /** What no worker is allowed at the moment; each has its floor, also one that is being started. */
  let freeBytes = bodyBytesInFlight - workers * floor;

  return {
    serve: (worker, whenGone) => {
      let allowed = floor;
      let isGone = false;
      const allow = (bytes: number): number => {
        // Its last words may come after its end.
        if (isGone) return floor;
        const next = Math.max(floor, Math.min(bytes, allowed + freeBytes));
        freeBytes -= next - allowed;
        allowed = next;
        return allowed;
      };
      links.add(worker);
      worker.onAsked(sharingWord.rate, grant);
      worker.onAsked(sharingWord.budget, allow);
      worker.onTold(sharingWord.budgetReturned, allow);
      worker.onTold(sharingWord.verifications, (news) => {
        for (const other of links) if (other !== worker) other.tell(sharingWord.verifications, news);
      });
      whenGone(() => {
        links.delete(worker);
        allow(floor);
        isGone = true;
      });
    },
  };
}

/** Of the tokens there are, a worker is given this part ahead of need, divided by the number of workers. */
const aheadPart = 1 / 8;

/**
 * One bucket for each source. A rate of a few requests is asked about for each of them, so that it holds exactly; of a
 * high one a worker gets some tokens ahead, or the asking would cost more than a delivery.
 */
function createRateGrants(workers: number, nowMs: () => number): (question: RateQuestion) => RateGrant {
  const buckets = createRecentMap<string, TokenBucket>(mostSources);
  return ({ sourceId, rate, wanted }) => {
    const bucket = filled(buckets.get(sourceId) ?? buckets.set(sourceId, fullBucket(rate, nowMs())), rate, nowMs());
    const ahead = Math.floor((bucket.tokens * aheadPart) / workers);
    const tokens = Math.min(Math.floor(bucket.tokens), wanted + ahead);
    bucket.tokens -= tokens;
    return { tokens, waitMs: waitMs(bucket, rate) };
  };
}

function filled(bucket: TokenBucket, rate: BucketRate, nowMs: number): TokenBucket {
  fill(bucket, rate, nowMs);
  return bucket;
}
