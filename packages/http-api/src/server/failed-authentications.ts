import { createRecentMap } from '@trunkline/core';

import { apiLimits } from '../limits.ts';

/**
 * Requests without a key that opens, by address. Above the limit an address is answered 429 before its key is looked up, so
 * that guessing costs less than a look-up each. An address whose key opened lately is let through: behind a proxy it may be
 * many people's, and nobody is to lock out the others.
 */
export interface FailedAuthentications {
  /** How long until the address is heard again; 0 when it is heard now. */
  waitMs(address: string): number;
  failed(address: string): void;
  proven(address: string): void;
}

const provenForMs = 3_600_000;

interface Count {
  readonly sinceMs: number;
  number: number;
}

/** `nowMs` is of a clock that does not jump. */
export function createFailedAuthentications(nowMs: () => number): FailedAuthentications {
  const failing = createRecentMap<string, Count>(apiLimits.failedAddresses);
  const provenAtMs = createRecentMap<string, number>(apiLimits.failedAddresses);
  const minuteMs = 60_000;
  return {
    waitMs(address) {
      const count = failing.get(sender(address));
      if (count === undefined || count.number < apiLimits.failedPerMinute) return 0;
      if (nowMs() - (provenAtMs.get(sender(address)) ?? -Infinity) < provenForMs) return 0;
      return Math.max(0, count.sinceMs + minuteMs - nowMs());
    },
    failed(address) {
      const count = failing.get(sender(address));
      if (count === undefined || nowMs() - count.sinceMs >= minuteMs)
        failing.set(sender(address), { sinceMs: nowMs(), number: 1 });
      else count.number += 1;
    },
    proven(address) {
      provenAtMs.set(sender(address), nowMs());
    },
  };
}

/** Whoever has an IPv6 address has a whole /64 of them. */
function sender(address: string): string {
  const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  if (!plain.includes(':')) return plain;
  const [before = '', after] = plain.split('::');
  const groups = before === '' ? [] : before.split(':');
  if (after === undefined) return groups.slice(0, 4).join(':');
  const zeros = Array.from({ length: 8 }, () => '0');
  return [...groups, ...zeros].slice(0, 4).join(':');
}
