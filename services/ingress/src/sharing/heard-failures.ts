import type { Link } from '@trunkline/runtime';

import {
  createFailedVerifications,
  type FailedVerificationLimits,
  type FailedVerifications,
  type SenderPair,
} from '../limits/failed-verifications.ts';
import { sharingWord, type VerificationNews } from './words.ts';

/** What is counted here is told to the other workers so much later, many together: forgeries come in floods. */
const tellAfterMs = 20;

/** The failed verifications of all workers: each counts its own at once, and those of the others as it hears of them. */
export function createHeardFailures(
  limits: FailedVerificationLimits,
  first: Link,
  nowMs: () => number,
): FailedVerifications {
  const own = createFailedVerifications(limits, nowMs);
  let failed = new Map<SenderPair, number>();
  let proven = new Set<SenderPair>();
  let timer: NodeJS.Timeout | undefined;
  const tellSoon = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      const news: VerificationNews = { failed: [...failed], proven: [...proven] };
      failed = new Map();
      proven = new Set();
      first.tell(sharingWord.verifications, news);
    }, tellAfterMs).unref();
  };
  first.onTold(sharingWord.verifications, (news: VerificationNews) => {
    for (const pair of news.proven) own.proven(pair);
    for (const [pair, count] of news.failed) own.failed(pair, count);
  });
  return {
    waitMs: (pair) => own.waitMs(pair),
    failed: (pair, count = 1) => {
      own.failed(pair, count);
      failed.set(pair, (failed.get(pair) ?? 0) + count);
      tellSoon();
    },
    proven: (pair) => {
      if (!own.proven(pair)) return false;
      proven.add(pair);
      tellSoon();
      return true;
    },
  };
}
