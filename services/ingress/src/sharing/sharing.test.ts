import { describe, expect, it, vi } from 'vitest';

import { type ByteBudget, createByteBudget } from '../limits/byte-budget.ts';
import { senderPair } from '../limits/failed-verifications.ts';
import { linkPair } from '../testing/link-pair.ts';
import { limitsOf, type ProcessLimits } from './limits-of.ts';
import { createSharedLimits } from './shared-limits.ts';

const mebibyte = 1024 * 1024;
const budgetBytes = 64 * mebibyte;

interface Worker extends ProcessLimits {
  readonly budget: ByteBudget;
  readonly end: () => void;
}

/** So many workers of one ingress, with a clock that stands still until it is set. */
function workers(count: number): { readonly all: readonly Worker[]; readonly pass: (ms: number) => void } {
  let nowMs = 0;
  const clock = (): number => nowMs;
  const shared = createSharedLimits({ workers: count, bodyBytesInFlight: budgetBytes, nowMs: clock });
  const limits = {
    bodyBytesInFlight: budgetBytes,
    failedVerificationsPerMinute: 10,
    failedVerificationAddresses: 100,
  };
  const all = Array.from({ length: count }, (): Worker => {
    const { first, worker } = linkPair();
    const gone: (() => void)[] = [];
    shared.serve(first, (told) => gone.push(told));
    const made = limitsOf({ limits, workers: count }, worker, clock);
    return { ...made, budget: createByteBudget(made.bodyBytes), end: () => gone.forEach((told) => told()) };
  });
  return { all, pass: (ms) => (nowMs += ms) };
}

/** How many of so many requests, by turns at every worker and all at once, are within the rate. */
async function passing(all: readonly Worker[], requests: number, rate: ReturnType<typeof rateOf>): Promise<number> {
  const waits = Array.from({ length: requests }, (_, n) => waitOf(all[n % all.length], rate));
  return (await Promise.all(waits)).filter((waitMs) => waitMs === 0).length;
}

async function waitOf(worker: Worker | undefined, rate: ReturnType<typeof rateOf>): Promise<number | undefined> {
  return worker?.rates.take({ sourceId: 's', rate });
}

function rateOf(requests: number, burst: number) {
  return { requests, perMs: 1_000, burst };
}

describe('the rate of a source', () => {
  it.each([1, 5, 100, 5_000])('of a burst of %i holds for all workers together', async (burst) => {
    const { all } = workers(3);

    expect(await passing(all, 3 * burst + 7, rateOf(10, burst))).toBe(burst);
  });

  it('says how long to wait, and lets so many through as have come since', async () => {
    const { all, pass } = workers(2);
    await passing(all, 10, rateOf(10, 10));

    const waits = await Promise.all(all.map((worker) => waitOf(worker, rateOf(10, 10))));
    pass(300);

    expect(waits).toEqual([100, 100]);
    expect(await passing(all, 10, rateOf(10, 10))).toBe(3);
  });

  it('is not saved up by a worker that was given some ahead and went quiet', async () => {
    const { all, pass } = workers(2);
    await passing(all.slice(0, 1), 1, rateOf(1_000, 1_000));

    pass(60_000);

    expect(await passing(all, 3_000, rateOf(1_000, 1_000))).toBe(1_000);
  });
});

describe('the byte budget', () => {
  /** Takes a megabyte at a time, until it is refused and no answer of the first process is under way. */
  async function fill({ budget }: Worker): Promise<number> {
    const share = budget.open();
    for (let refused = 0; refused < 10;) {
      if (share.take(mebibyte)) refused = 0;
      else refused += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
    return budget.used();
  }

  it('is for whichever worker needs it, all but what the others may hold without asking', async () => {
    const { all } = workers(2);

    const [one] = all;
    if (one === undefined) throw new Error('no worker');
    expect(await fill(one)).toBe((budgetBytes * 3) / 4);
  });

  it('is never more than the limit for all together', async () => {
    const { all } = workers(4);

    await Promise.all(all.map(fill));

    const used = all.reduce((sum, { budget }) => sum + budget.used(), 0);
    expect(used).toBeLessThanOrEqual(budgetBytes);
    expect(used).toBeGreaterThan(budgetBytes / 2);
  });

  it.each([
    ['gave it back', (worker: Worker, share: ReturnType<ByteBudget['open']>) => (void worker, share.release())],
    ['was killed', (worker: Worker) => worker.end()],
  ])('is there for the others when a worker %s', async (_how, ends) => {
    const { all } = workers(2);
    const [one, other] = all;
    if (one === undefined || other === undefined) throw new Error('no worker');
    const share = one.budget.open();
    share.take(14 * mebibyte);
    await vi.waitFor(() => expect(share.take(20 * mebibyte)).toBe(true), 60_000);

    ends(one, share);

    expect(await fill(other)).toBe((budgetBytes * 3) / 4);
  });
});

describe('failed verifications', () => {
  it('of an address are held against it by every worker', async () => {
    const { all } = workers(2);
    const pair = senderPair('s', '203.0.113.7');

    for (let n = 0; n < 10; n += 1) all[n % 2]?.failedVerifications.failed(pair);

    await vi.waitFor(() => {
      expect(all.map(({ failedVerifications }) => failedVerifications.waitMs(pair) > 0)).toEqual([true, true]);
    }, 60_000);
  });

  it('are forgiven by every worker to who proves itself to one', async () => {
    const { all } = workers(2);
    const pair = senderPair('s', '203.0.113.7');
    for (let n = 0; n < 10; n += 1) all[0]?.failedVerifications.failed(pair);
    await vi.waitFor(() => expect(all[1]?.failedVerifications.waitMs(pair)).toBeGreaterThan(0), 60_000);

    all[0]?.failedVerifications.proven(pair);

    await vi.waitFor(() => expect(all[1]?.failedVerifications.waitMs(pair)).toBe(0), 60_000);
  });
});
