import { createHash } from 'node:crypto';

import { type Clock, createRecentMap, messageOf, type RecentMap, settledWithin } from '@trunkline/core';
import { type EncodedRecord, encodeIngress } from '@trunkline/events';
import { archivedHeaders, pathOf } from '@trunkline/providers';
import type { Logger, Metrics } from '@trunkline/runtime';

import type { Backbone } from './backbone.ts';
import type { Exchange } from './exchange.ts';
import { type BucketRate, fill, fullBucket, type TokenBucket } from './limits/token-bucket.ts';
import type { Refusal } from './refusal.ts';
import { headerPairs } from './steps/receive.ts';

/**
 * Anybody can cause rejections, so their records are few: a bucket per (source, step), a bound on those under way,
 * and one deadline. What is left out is counted, in the next record of its kind and in the metrics.
 */
export const rejectionLimits = {
  burst: 20,
  perSecond: 1,
  /** Sources times steps; beyond it those unused for long are forgotten. */
  buckets: 10_000,
  publishing: 100,
  publishDeadlineMs: 5_000,
  pathLength: 256,
  queryLength: 1_024,
  headers: 64,
} as const;

export interface RejectionRecorder {
  /** Keeps a record of the refusal, or counts it. Returns at once and never throws; call it after the answer. */
  record(exchange: Exchange, refusal: Refusal, answerStatus: number): void;
  /** Waits for the records under way. */
  drain(deadlineMs: number): Promise<void>;
}

export interface RejectionParts {
  readonly backbone: () => Backbone | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

interface Bucket extends TokenBucket {
  suppressed: number;
}

const bucketRate: BucketRate = { tokens: rejectionLimits.perSecond, perMs: 1_000, burst: rejectionLimits.burst };

export function createRejectionRecorder(parts: RejectionParts): RejectionRecorder {
  const buckets = createRecentMap<string, Bucket>(rejectionLimits.buckets);
  const publishing = new Set<Promise<void>>();
  const drop = (reason: string): void => parts.metrics.count('webhook_rejection_records_dropped_total', { reason });

  const publish = async (backbone: Backbone, record: EncodedRecord): Promise<void> => {
    try {
      await backbone.publisher.publish([record], { deadlineMs: rejectionLimits.publishDeadlineMs });
    } catch (error) {
      drop('publish');
      parts.logger.debug({ err: error }, `a rejection record was not published: ${messageOf(error)}`);
    }
  };
  return {
    record: (exchange, refusal, answerStatus) => {
      const bucket = bucketOf(buckets, `${exchange.source?.settings.sourceId ?? ''}|${refusal.step}`, parts.clock());
      const backbone = parts.backbone();
      const full = publishing.size >= rejectionLimits.publishing;
      if (bucket.tokens < 1 || full || backbone === undefined) {
        bucket.suppressed += 1;
        drop(bucket.tokens < 1 ? 'rate' : full ? 'buffer' : 'not_ready');
        return;
      }
      bucket.tokens -= 1;
      const encoded = rejectionRecord(backbone, { exchange, refusal, answerStatus, suppressed: bucket.suppressed });
      bucket.suppressed = 0;
      const running = publish(backbone, encoded).finally(() => publishing.delete(running));
      publishing.add(running);
    },
    drain: async (deadlineMs) => {
      await settledWithin(Promise.all(publishing), deadlineMs);
    },
  };
}

function bucketOf(buckets: RecentMap<string, Bucket>, key: string, nowMs: number): Bucket {
  const bucket = buckets.get(key) ?? buckets.set(key, { ...fullBucket(bucketRate, nowMs), suppressed: 0 });
  fill(bucket, bucketRate, nowMs);
  return bucket;
}

interface RejectionFacts {
  readonly exchange: Exchange;
  readonly refusal: Refusal;
  readonly answerStatus: number;
  readonly suppressed: number;
}

/** Without the body, with header values withheld unless known to be harmless, and of the query the names only. */
function rejectionRecord(backbone: Backbone, facts: RejectionFacts): EncodedRecord {
  const { exchange, refusal } = facts;
  const { request, source, body } = exchange;
  const target = request.url ?? '';
  const headers = headerPairs(request.rawHeaders);
  return encodeIngress(
    backbone.codec,
    {
      topic: 'ingress.rejection.v1',
      record: {
        deliveryId: exchange.deliveryId,
        tenantId: source?.settings.tenantId ?? null,
        sourceId: source?.settings.sourceId ?? null,
        provider: source?.provider.name ?? null,
        receivedAt: exchange.receivedAtMs,
        step: refusal.step,
        code: refusal.code,
        detail: refusal.detail,
        method: request.method ?? '',
        path: pathOf(target).slice(0, rejectionLimits.pathLength),
        query: parameterNames(target),
        headers: archivedHeaders(headers.slice(0, rejectionLimits.headers)),
        contentType: request.headers['content-type'] ?? null,
        bodyBytes: body?.length ?? null,
        bodySha256: body === undefined ? null : createHash('sha256').update(body).digest('hex'),
        answerStatus: facts.answerStatus,
        suppressedBefore: facts.suppressed,
        traceId: exchange.traceId,
      },
    },
    {},
  );
}

/** `From=+15550100&Body=hi` as `From&Body`: whoever sent it has not shown that they may give us personal values. */
export function parameterNames(target: string): string | null {
  const at = target.indexOf('?');
  if (at === -1) return null;
  const names = target
    .slice(at + 1, at + 1 + rejectionLimits.queryLength)
    .split('&')
    .map((parameter) => parameter.split('=', 1)[0]);
  return names.join('&');
}
