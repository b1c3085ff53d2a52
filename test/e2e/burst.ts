import { Agent, request as httpRequest } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

import type { ReceivedRequest } from '@trunkline/providers';

export interface BurstOptions {
  readonly url: string;
  /** Made before the burst: signing takes time that the ingress needs. */
  readonly requests: readonly ReceivedRequest[];
  readonly perSecond: number;
  /** A sender that falls behind opens no more than this, and sends more slowly instead. */
  readonly maxOpen: number;
  /** Called about four times a second while requests are open. */
  readonly observe: () => void;
}

export interface BurstReport {
  /** How many requests came back with which status; `broken` where the connection did. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly slowestMs: number;
  /** The different values of the header Retry-After, NaN for none. */
  readonly retryAfterSeconds: readonly number[];
  readonly mostOpen: number;
  /** What the sender kept up with: on a busy machine it may be less than asked for. */
  readonly sentPerSecond: number;
}

const observeEveryMs = 250;
const answerDeadlineMs = 30_000;

/** Sends at a steady rate whatever comes back, as many providers together would, and waits for every answer. */
export async function sendBurst({ url, requests, perSecond, maxOpen, observe }: BurstOptions): Promise<BurstReport> {
  const agent = new Agent({ keepAlive: true });
  const statuses: Record<string, number> = {};
  const retryAfters = new Set<number>();
  const open = new Set<Promise<void>>();
  let slowestMs = 0;
  let mostOpen = 0;
  const observing = setInterval(observe, observeEveryMs);

  const one = async (request: ReceivedRequest): Promise<void> => {
    const beganAt = performance.now();
    const { status, retryAfter } = await send(request, { url, agent });
    slowestMs = Math.max(slowestMs, performance.now() - beganAt);
    statuses[status] = (statuses[status] ?? 0) + 1;
    retryAfters.add(Number(retryAfter ?? Number.NaN));
  };

  const beganAt = performance.now();
  for (const [n, request] of requests.entries()) {
    const aheadMs = beganAt + (n * 1_000) / perSecond - performance.now();
    if (aheadMs > 1) await pause(aheadMs);
    while (open.size >= maxOpen) await Promise.race(open);
    const sending = one(request).finally(() => open.delete(sending));
    open.add(sending);
    mostOpen = Math.max(mostOpen, open.size);
  }
  const sentPerSecond = Math.round((requests.length * 1_000) / (performance.now() - beganAt));
  await Promise.all(open);
  clearInterval(observing);
  agent.destroy();
  return { statuses, slowestMs: Math.round(slowestMs), retryAfterSeconds: [...retryAfters], mostOpen, sentPerSecond };
}

interface BurstAnswer {
  readonly status: number | 'broken';
  readonly retryAfter?: string | undefined;
}

/** Without fetch, which at thousands of open requests takes more time than what it talks to. */
function send(
  { method, target, headers, body }: ReceivedRequest,
  to: { readonly url: string; readonly agent: Agent },
): Promise<BurstAnswer> {
  return new Promise((resolve) => {
    const sending = httpRequest(`${to.url}${target}`, {
      method,
      agent: to.agent,
      headers: { ...Object.fromEntries(headers), 'content-length': body.length },
      timeout: answerDeadlineMs,
    });
    sending.on('timeout', () => sending.destroy());
    sending.on('error', () => resolve({ status: 'broken' }));
    sending.on('response', (response) => {
      response.resume();
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 'broken', retryAfter: response.headers['retry-after'] }),
      );
      response.on('error', () => resolve({ status: 'broken' }));
    });
    sending.end(body);
  });
}
