import { createRecentMap } from '@trunkline/core';

import { type BucketRate, fill, fullBucket, type TokenBucket, waitMs } from './token-bucket.ts';

/**
 * What an address got wrong at a source. Above the limit it is refused before its body is read, so that guessing and
 * flooding cost less than a verification each.
 *
 * A provider's addresses are shared: whoever has an account there can have forged deliveries sent from them. So that
 * nobody can lock a source out that way:
 * - a pair of source and address is counted, so that one source's trouble is not another's;
 * - good signatures are never charged, and an address that sent one lately is not refused, whatever else it sends;
 * - an address above the limit is still let through now and then, at the rate of the limit, and may prove itself.
 */
export interface FailedVerifications {
  /** How long until the address is heard again; 0 when it is heard now. */
  waitMs(pair: SenderPair): number;
  failed(pair: SenderPair, count?: number): void;
  /** Whether that was news: most good deliveries of an address are not. */
  proven(pair: SenderPair): boolean;
}

/** One address at one source, as `senderPair` makes it. */
export type SenderPair = string & { readonly brand: 'SenderPair' };

export interface FailedVerificationLimits {
  readonly failedVerificationsPerMinute: number;
  readonly failedVerificationAddresses: number;
}

/** Longer than the quiet night of a source. */
export const provenForMs: number = 24 * 3_600_000;
/** How exactly it is remembered when an address last proved itself: most good deliveries then write nothing. */
const provenStepMs = 60_000;

/** `nowMs` is of a clock that does not jump. */
export function createFailedVerifications(limits: FailedVerificationLimits, nowMs: () => number): FailedVerifications {
  const { failedVerificationsPerMinute: perMinute, failedVerificationAddresses: addresses } = limits;
  const rate: BucketRate = { tokens: perMinute, perMs: 60_000, burst: perMinute };
  const failing = createRecentMap<string, TokenBucket>(addresses);
  // Apart from the failing ones, so that a flood from many addresses cannot make it forget who is known to be good.
  const provenAtMs = createRecentMap<string, number>(addresses);

  return {
    waitMs: (pair) => {
      const bucket = failing.get(pair);
      if (bucket === undefined) return 0;
      const now = nowMs();
      if (now - (provenAtMs.get(pair) ?? -Infinity) < provenForMs) return 0;
      fill(bucket, rate, now);
      return waitMs(bucket, rate);
    },
    failed: (pair, count = 1) => {
      const now = nowMs();
      const bucket = failing.get(pair) ?? failing.set(pair, fullBucket(rate, now));
      fill(bucket, rate, now);
      // Those that were under way together may be more than the limit; they are not held against the next minute.
      bucket.tokens = Math.max(0, bucket.tokens - count);
    },
    proven: (pair) => {
      const now = nowMs();
      if (now - (provenAtMs.get(pair) ?? -Infinity) < provenStepMs) return false;
      provenAtMs.set(pair, now);
      return true;
    },
  };
}

/**
 * The pair of a source and whoever is at the address. An IPv6 sender has a whole /64 to choose addresses from, so it
 * counts as one. Without an address (the socket is gone) all are one.
 */
export function senderPair(sourceId: string, address: string | undefined): SenderPair {
  // The only place that makes the brand.
  return `${sourceId} ${address === undefined ? '' : sender(address)}` as SenderPair;
}

/** Of an address in the form that `clientAddress` gives. */
function sender(address: string): string {
  if (!address.includes(':')) return address;
  const [before = '', after] = address.split('::');
  const leading = before === '' ? [] : before.split(':');
  const trailing = after === undefined || after === '' ? [] : after.split(':');
  const zeros = Array.from({ length: 8 - leading.length - trailing.length }, () => '0');
  return [...leading, ...zeros, ...trailing].slice(0, 4).join(':');
}
