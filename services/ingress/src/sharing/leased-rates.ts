import { createRecentMap } from '@trunkline/core';
import type { Link } from '@trunkline/runtime';

import { mostSources, type RatedSource, type SourceRates } from '../limits/source-rates.ts';
import { type RateGrant, type RateQuestion, sharingWord } from './words.ts';

/** What was given ahead and not used is lost after this, so that a quiet worker saves nothing up. */
const leaseMs = 1_000;

interface Lease {
  tokens: number;
  grantedAtMs: number;
  /** Requests that wait for tokens, the first first. */
  waiting: ((waitMs: number) => void)[];
}

interface Answered {
  readonly asked: number;
  readonly grant: RateGrant;
}

/** The rates of the sources in a worker: out of what the first process grants, which counts for all workers. */
export function createLeasedRates(first: Link, nowMs: () => number): SourceRates {
  const leases = createRecentMap<string, Lease>(mostSources);

  const hand = (source: RatedSource, lease: Lease, { asked, grant }: Answered): void => {
    const passing = lease.waiting.splice(0, grant.tokens);
    for (const pass of passing) pass(0);
    lease.tokens = grant.tokens - passing.length;
    lease.grantedAtMs = nowMs();
    // Fewer than were asked for is all there are.
    if (grant.tokens < asked) for (const refuse of lease.waiting.splice(0)) refuse(grant.waitMs);
    if (lease.waiting.length > 0) ask(source, lease);
  };
  const ask = (source: RatedSource, lease: Lease): void => {
    const { requests, perMs, burst } = source.rate;
    const asked = lease.waiting.length;
    const question: RateQuestion = {
      sourceId: source.sourceId,
      rate: { tokens: requests, perMs, burst },
      wanted: asked,
    };
    first.ask(sharingWord.rate, question).then(
      // What the first process answers to this word.
      (grant) => hand(source, lease, { asked, grant: grant as RateGrant }),
      // Who cannot be answered passes: a limit never costs an answer.
      () => hand(source, lease, { asked, grant: { tokens: asked, waitMs: 0 } }),
    );
  };

  return {
    take: (source) => {
      const lease =
        leases.get(source.sourceId) ?? leases.set(source.sourceId, { tokens: 0, grantedAtMs: 0, waiting: [] });
      if (lease.tokens > 0 && nowMs() - lease.grantedAtMs < leaseMs) {
        lease.tokens -= 1;
        return 0;
      }
      return new Promise((resolve) => {
        lease.waiting.push(resolve);
        // Who waits already has asked, and asks again for those that came meanwhile.
        if (lease.waiting.length === 1) ask(source, lease);
      });
    },
  };
}
