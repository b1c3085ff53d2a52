import { type DeliveryLine, type Logger, type Metrics, wideEvent } from '@trunkline/runtime';

import { elapsedMs, type Exchange } from './exchange.ts';
import type { Refusal } from './refusal.ts';
import { endRequestSpan } from './tracing.ts';

export interface DeliveryResult {
  readonly status: number;
  readonly refusal?: Refusal | undefined;
}

/** The one line of a delivery, its metrics, and the end of its span. No payload, no value of a header, no address. */
export function logDelivery(
  exchange: Exchange,
  result: DeliveryResult,
  to: { logger: Logger; metrics: Metrics },
): void {
  const { source, spentMs } = exchange;
  const { status, refusal } = result;
  const totalMs = elapsedMs(exchange);
  const sourceId = source?.settings.sourceId;
  const line: DeliveryLine = {
    event: wideEvent.delivery.event,
    deliveryId: exchange.deliveryId,
    tenantId: source?.settings.tenantId,
    sourceId,
    provider: source?.provider.name,
    method: exchange.request.method,
    status,
    verdict: exchange.verdict,
    step: refusal?.step,
    code: refusal?.code,
    detail: refusal?.detail,
    eventIds: exchange.eventIds,
    bodyBytes: exchange.body?.length,
    totalMs: rounded(totalMs),
    readMs: rounded(spentMs.read),
    verifyMs: rounded(spentMs.verify),
    normaliseMs: rounded(spentMs.normalise),
    publishMs: rounded(spentMs.publish),
    err: refusal?.cause,
  };
  to.logger[status >= 500 ? 'warn' : 'info'](line, wideEvent.delivery.message);

  const label = sourceId ?? 'unknown';
  to.metrics.seconds('webhook_processing_seconds', { source: label, status: String(status) }, totalMs / 1_000);
  if (refusal !== undefined) to.metrics.count('webhook_rejections_total', { source: label, step: refusal.step });
  endRequestSpan(exchange, result);
}

/** Microseconds are enough for a log. */
function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
