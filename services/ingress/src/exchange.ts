import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Span } from '@opentelemetry/api';
import { type Clock, type DeliveryId, newDeliveryId } from '@trunkline/core';
import type { NormalizationVerdict } from '@trunkline/providers';
import type { StartRequestSpan } from '@trunkline/runtime';
import type { ConfiguredSource } from '@trunkline/sources';

import type { ByteBudget, ByteShare } from './limits/byte-budget.ts';
import { traceIdOf } from './tracing.ts';

/** One request and what is known about it so far: filled in step by step, read by the log line at the end. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly deliveryId: DeliveryId;
  readonly receivedAtMs: number;
  /** By the clock that does not jump. */
  readonly startedAtMs: number;
  readonly span: Span;
  readonly traceId: string | null;
  source: ConfiguredSource | undefined;
  /** What this request holds of the process's memory, until its answer. */
  readonly share: ByteShare;
  body: Buffer | undefined;
  verdict: NormalizationVerdict | undefined;
  eventIds: readonly string[];
  /** Of each event. */
  eventTypes: readonly string[];
  /** How many of the events have an id under which something else was said before. */
  conflicts: number;
  readonly spentMs: { read: number; verify: number; normalise: number; publish: number };
}

export interface ExchangeParts {
  readonly clock: Clock;
  readonly budget: ByteBudget;
  readonly startRequestSpan: StartRequestSpan;
}

/** Of every request that gets this far; the source is an attribute of the span and not part of its name. */
const route = '/hooks/:sourceId';

export function openExchange(
  request: IncomingMessage,
  response: ServerResponse,
  { clock, budget, startRequestSpan }: ExchangeParts,
): Exchange {
  const receivedAtMs = clock();
  const span = startRequestSpan(request, route);
  return {
    request,
    response,
    share: budget.open(),
    deliveryId: newDeliveryId(receivedAtMs),
    receivedAtMs,
    startedAtMs: performance.now(),
    span,
    traceId: traceIdOf(span),
    source: undefined,
    body: undefined,
    verdict: undefined,
    eventIds: [],
    eventTypes: [],
    conflicts: 0,
    spentMs: { read: 0, verify: 0, normalise: 0, publish: 0 },
  };
}

export function elapsedMs(exchange: Exchange): number {
  return performance.now() - exchange.startedAtMs;
}
