import type { IncomingMessage, ServerResponse } from 'node:http';

import { type Clock, type DeliveryId, newDeliveryId } from '@trunkline/core';
import type { NormalizationVerdict } from '@trunkline/providers';
import type { ConfiguredSource } from '@trunkline/sources';

import type { ByteBudget, ByteShare } from './limits/byte-budget.ts';
import { requestSpan } from './tracing.ts';

/** One request and what is known about it so far: filled in step by step, read by the log line at the end. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly deliveryId: DeliveryId;
  readonly receivedAtMs: number;
  /** By the clock that does not jump. */
  readonly startedAtMs: number;
  readonly traceId: string | null;
  source: ConfiguredSource | undefined;
  /** What this request holds of the process's memory, until its answer. */
  readonly share: ByteShare;
  body: Buffer | undefined;
  verdict: NormalizationVerdict | undefined;
  eventIds: readonly string[];
  /** Each once. */
  eventTypes: readonly string[];
  readonly spentMs: { read: number; verify: number; normalise: number; publish: number };
}

export interface ExchangeParts {
  readonly clock: Clock;
  readonly budget: ByteBudget;
}

export function openExchange(
  request: IncomingMessage,
  response: ServerResponse,
  { clock, budget }: ExchangeParts,
): Exchange {
  const receivedAtMs = clock();
  return {
    request,
    response,
    share: budget.open(),
    deliveryId: newDeliveryId(receivedAtMs),
    receivedAtMs,
    startedAtMs: performance.now(),
    traceId: requestSpan()?.spanContext().traceId ?? null,
    source: undefined,
    body: undefined,
    verdict: undefined,
    eventIds: [],
    eventTypes: [],
    spentMs: { read: 0, verify: 0, normalise: 0, publish: 0 },
  };
}

export function elapsedMs(exchange: Exchange): number {
  return performance.now() - exchange.startedAtMs;
}
