import type { IncomingMessage, ServerResponse } from 'node:http';

import type { BreakerEvent } from '../call/breakers.ts';
import { type Caller, type CallerOptions, type CallReport, createCaller } from '../call/caller.ts';
import type { OutboundCall } from '../call/outbound-call.ts';
import type { CallFailure, CallOutcome } from '../call/outcome.ts';
import { createAddressGuard } from '../dial/address-guard.ts';
import { createDialler } from '../dial/dialler.ts';
import { loopbackNetwork, startLoopback } from './loopback.ts';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    void response.writeHead(code, headers).end('{}');
export const ok: Answer = status(200);
export const silent: Answer = () => undefined;
export const reset: Answer = (request) => request.socket.resetAndDestroy();

/** A server that answers as a test says, and callers of it whose clock stands still until it is moved. */
export interface CallWorld {
  /** In order; the last one for ever. */
  answers: Answer[];
  nowMs: number;
  readonly requests: IncomingMessage[];
  readonly reports: CallReport[];
  readonly breakerEvents: BreakerEvent[];
  readonly caller: (options?: Partial<CallerOptions> & { readonly firstByteTimeoutMs?: number }) => Caller;
  /** A call with secrets in its path, query and body. */
  readonly call: (change?: Partial<OutboundCall>) => OutboundCall;
  readonly close: () => Promise<void>;
}

export async function startCallWorld(): Promise<CallWorld> {
  const closers: (() => Promise<void>)[] = [];
  const upstream = await startLoopback((request, response) => {
    world.requests.push(request);
    const answer = world.answers.length > 1 ? world.answers.shift() : world.answers[0];
    answer?.(request, response);
  });
  const world: CallWorld = {
    answers: [ok],
    nowMs: Date.UTC(2026, 0, 1),
    requests: [],
    reports: [],
    breakerEvents: [],
    caller({ firstByteTimeoutMs, ...options } = {}) {
      const dialler = createDialler({
        guard: createAddressGuard({ allow: [loopbackNetwork, { network: '127.0.0.1', ports: [1] }] }),
        ...(firstByteTimeoutMs === undefined ? {} : { limits: { firstByteTimeoutMs } }),
      });
      closers.push(() => dialler.close());
      return createCaller({
        dialler,
        now: () => world.nowMs,
        onCall: (report) => world.reports.push(report),
        onBreaker: (event) => world.breakerEvents.push(event),
        ...options,
        limits: { firstRepeatMs: 1, freeRepeats: 1_000, ...options.limits },
      });
    },
    call: (change) => ({
      name: 'shop orders.create',
      connection: 'con_a',
      request: { method: 'POST', url: `${upstream.url}/secret-path?token=hunter2`, headers: {}, body: 'hunter2' },
      isRepeatable: true,
      ...change,
    }),
    close: async () => {
      await Promise.all(closers.map((close) => close()));
      await upstream.close();
    },
  };
  return world;
}

export function to(url: string): Pick<OutboundCall, 'request'> {
  return { request: { method: 'GET', url, headers: {} } };
}

export function failed(outcome: CallOutcome): CallFailure {
  if (outcome.kind === 'answer') throw new Error('it succeeded');
  return outcome;
}
