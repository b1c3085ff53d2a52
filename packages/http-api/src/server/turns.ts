import { apiLimits } from '../limits.ts';
import { Problem } from '../problems.ts';

/** How many requests are worked on at a time: no tenant has more than its part, and what is too much is refused at once. */
export interface Turns {
  take<T>(tenantId: string, run: () => Promise<T>): Promise<T>;
}

export function createTurns(): Turns {
  const ofTenants = new Map<string, number>();
  let all = 0;
  return {
    async take(tenantId, run) {
      const own = ofTenants.get(tenantId) ?? 0;
      if (own >= apiLimits.inFlightPerTenant)
        throw new Problem('rate_limited', `at most ${apiLimits.inFlightPerTenant} requests at a time`, later);
      if (all >= apiLimits.inFlight) throw new Problem('unavailable', 'too many requests at this moment', later);
      all += 1;
      ofTenants.set(tenantId, own + 1);
      try {
        return await run();
      } finally {
        all -= 1;
        const left = (ofTenants.get(tenantId) ?? 1) - 1;
        if (left === 0) ofTenants.delete(tenantId);
        else ofTenants.set(tenantId, left);
      }
    },
  };
}

const later = { headers: { 'retry-after': '1' } };
