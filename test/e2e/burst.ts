import { setTimeout as pause } from 'node:timers/promises';

import type { Answer } from '@trunkline/testkit';

export interface BurstOptions {
  readonly post: (n: number) => Promise<Answer>;
  readonly perSecond: number;
  readonly seconds: number;
  /** Called about four times a second while requests are open. */
  readonly observe: () => void;
}

export interface BurstReport {
  /** How many requests came back with which status; `broken` where the connection did. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly slowestMs: number;
  readonly retryAfterSeconds: readonly (number | undefined)[];
  readonly mostOpen: number;
  /** What the sender kept up with: on a busy machine it may be less than asked for. */
  readonly sentPerSecond: number;
}

const observeEveryMs = 250;

/** Sends at a steady rate whatever comes back, as many providers together would, and waits for every answer. */
export async function sendBurst({ post, perSecond, seconds, observe }: BurstOptions): Promise<BurstReport> {
  const statuses: Record<string, number> = {};
  const retryAfters = new Set<number | undefined>();
  const open = new Set<Promise<void>>();
  let slowestMs = 0;
  let mostOpen = 0;
  const observing = setInterval(observe, observeEveryMs);

  const one = async (n: number): Promise<void> => {
    const beganAt = performance.now();
    const answer = await post(n).catch(() => undefined);
    slowestMs = Math.max(slowestMs, performance.now() - beganAt);
    const status = answer === undefined ? 'broken' : String(answer.status);
    statuses[status] = (statuses[status] ?? 0) + 1;
    retryAfters.add(answer?.retryAfterSeconds);
  };

  const beganAt = performance.now();
  const total = perSecond * seconds;
  for (let n = 0; n < total; n += 1) {
    const aheadMs = beganAt + (n * 1_000) / perSecond - performance.now();
    if (aheadMs > 1) await pause(aheadMs);
    const sending = one(n).finally(() => open.delete(sending));
    open.add(sending);
    mostOpen = Math.max(mostOpen, open.size);
  }
  const sentPerSecond = Math.round((total * 1_000) / (performance.now() - beganAt));
  await Promise.all(open);
  clearInterval(observing);
  return { statuses, slowestMs: Math.round(slowestMs), retryAfterSeconds: [...retryAfters], mostOpen, sentPerSecond };
}
