import { type ErrorCode, TrunklineError } from '@trunkline/core';
import type { IncomingRecord } from '@trunkline/kafka';
import { describe, expect, it } from 'vitest';

import { type Origin, originOf, ownOrigin } from '../batch/origin.ts';
import { retryTiers } from '../groups.ts';
import { defaultConsumerLimits } from '../limits.ts';
import { type RouteContext, routeFailure, type RoutedCopy } from './route.ts';
import { parseTiers } from './tiers.ts';

const nowMs = 1_700_000_100_000;
const context: RouteContext = {
  group: 'payments',
  tiers: parseTiers(['10s', '1m']),
  limits: { maxAttempts: 4, maxRetryAgeMs: 86_400_000 },
  nowMs,
};

const source: IncomingRecord = {
  topic: 'payments.payment.v1',
  partition: 3,
  offset: 9_007_199_254_740_993n,
  timestampMs: nowMs - 5_000,
  key: Buffer.from('key'),
  value: Buffer.from([0, 1, 255]),
  headers: { ce_id: 'evt_1', ce_type: 't', traceparent: 'tp', 'x-origin-traceparent': 'otp' },
  sizeBytes: 100,
};

describe('a failure that may pass', () => {
  it('goes to the first retry topic with its headers, bytes and key unchanged', () => {
    const { outcome, record } = route(source, 'unknown');

    expect(outcome).toBe('retry');
    expect(record).toMatchObject({ topic: 'payments.retry.10s', key: source.key, value: source.value });
    expect(record.headers).toEqual({
      ...source.headers,
      'x-original-topic': 'payments.payment.v1',
      'x-original-partition': '3',
      'x-original-offset': '9007199254740993',
      'x-original-timestamp': String(nowMs - 5_000),
      'x-original-consumer-group': 'payments',
      'x-retry-attempt': '1',
      'x-attempts-total': '1',
      'x-retry-due-at': String(nowMs + 10_000),
      'x-first-failure-at': String(nowMs),
      'x-exception-class': 'TrunklineError',
      'x-exception-code': 'unknown',
      'x-exception-message': 'it failed',
      'x-exception-stacktrace': expect.stringMatching(/^TrunklineError\n\s+at /),
      'x-failure-kind': 'transient',
    });
  });

  it('keeps the originals of a copy and counts on', () => {
    const copy = copyOf(route(source, 'unknown'));
    const first = { ...copy, headers: { ...copy.headers, 'x-original-consumer-group': 'billing' } };
    const second = route(first, 'upstream_5xx', originOf(first, 'retry'));

    expect(second.record.topic).toBe('payments.retry.1m');
    expect(second.record.headers).toMatchObject({
      'x-original-topic': 'payments.payment.v1',
      'x-original-consumer-group': 'billing',
      'x-original-offset': '9007199254740993',
      'x-original-timestamp': String(nowMs - 5_000),
      'x-retry-attempt': '2',
      'x-attempts-total': '2',
      'x-first-failure-at': String(nowMs),
      'x-exception-code': 'upstream_5xx',
    });
  });

  it('takes the first tier that is as long as the failing side asked for', () => {
    const error = new TrunklineError('upstream_5xx', 'wait', { retryAfterMs: 30_000 });

    expect(routeFailure({ source, origin: ownOrigin(source, 'main'), error, ran: true }, context).record.topic).toBe(
      'payments.retry.1m',
    );
  });

  it('waits on the longest tier when it was asked to wait for longer than any', () => {
    const error = new TrunklineError('upstream_5xx', 'wait', { retryAfterMs: 86_400_000 });

    expect(routeFailure({ source, origin: ownOrigin(source, 'main'), error, ran: true }, context).record.topic).toBe(
      'payments.retry.1m',
    );
  });

  it('takes the standard tiers in turn, shortest first, and is given up within the retry age', () => {
    const standard = { ...context, tiers: parseTiers(retryTiers), limits: defaultConsumerLimits };
    const topics: string[] = [];
    let at = nowMs;
    for (let next = source; next.topic !== 'payments.dlt' && topics.length < 10;) {
      const origin = originOf(next, topics.length === 0 ? 'main' : 'retry');
      const { record } = routeFailure(
        { source: next, origin, error: error('unknown'), ran: true },
        { ...standard, nowMs: at },
      );
      at = Number(record.headers['x-retry-due-at'] ?? at);
      next = { ...next, topic: record.topic, headers: record.headers };
      topics.push(record.topic);
    }

    expect(topics).toEqual([
      ...['10s', '1m', '10m', '1h', '1h'].map((tier) => `payments.retry.${tier}`),
      'payments.dlt',
    ]);
    expect(at - nowMs).toBe(10_000 + 60_000 + 600_000 + 2 * 3_600_000);
    expect(at - nowMs).toBeLessThan(defaultConsumerLimits.maxRetryAgeMs);
  });

  it('is exhausted after its last attempt', () => {
    const copies = [source];
    const outcomes: string[] = [];
    for (let run = 1; run <= 4; run += 1) {
      const last = copies.at(-1) ?? source;
      const routed = route(last, 'handler_timeout', originOf(last, run === 1 ? 'main' : 'retry'));
      outcomes.push(`${routed.outcome} ${routed.record.topic} ${routed.record.headers['x-failure-kind']}`);
      copies.push(copyOf(routed));
    }

    expect(outcomes).toEqual([
      'retry payments.retry.10s transient',
      'retry payments.retry.1m transient',
      'retry payments.retry.1m transient',
      'dead_letter payments.dlt exhausted',
    ]);
    expect(copies.at(-1)?.headers['x-retry-due-at']).toBeUndefined();
  });

  it('is exhausted when its next try would come after a day of failing', () => {
    const failingFor = (ms: number): Origin => ({
      ...ownOrigin(source, 'retry'),
      attempts: 1,
      firstFailureAtMs: nowMs - ms,
    });

    expect(route(source, 'unknown', failingFor(86_400_000 - 60_000)).outcome).toBe('retry');
    expect(route(source, 'unknown', failingFor(86_400_000 - 59_999)).record.headers['x-failure-kind']).toBe(
      'exhausted',
    );
  });

  it('starts over after a redrive, and remembers that there were runs before', () => {
    const dead: IncomingRecord = copyOf(route(source, 'business_rejected'));
    const redriven: IncomingRecord = {
      ...dead,
      topic: 'payments.redrive',
      headers: {
        ...dead.headers,
        'x-retry-attempt': '5',
        'x-first-failure-at': '1',
        'x-redrive-count': '2',
        'x-redrive-id': 'r',
      },
    };

    const { outcome, record } = route(redriven, 'unknown', originOf(redriven, 'redrive'));

    expect(outcome).toBe('retry');
    expect(record.headers).toMatchObject({
      'x-retry-attempt': '1',
      'x-attempts-total': '2',
      'x-first-failure-at': String(nowMs),
      'x-redrive-count': '2',
      'x-redrive-id': 'r',
    });
  });
});

describe('a failure that will not pass', () => {
  it.each([
    ['business_rejected', 'permanent'],
    ['constraint_violated', 'permanent'],
    ['upstream_4xx', 'permanent'],
    ['payload_malformed', 'permanent'],
    ['decode_failed', 'poison'],
    ['schema_unknown', 'poison'],
    ['process_crashed', 'poison'],
    ['too_old', 'exhausted'],
  ] as const)('with code %s is dead-lettered as %s', (code, kind) => {
    const { outcome, record } = route(source, code);

    expect(outcome).toBe('dead_letter');
    expect(record.topic).toBe('payments.dlt');
    expect(record.headers['x-failure-kind']).toBe(kind);
  });

  it('counts no run that never was', () => {
    const { record } = routeFailure(
      { source, origin: ownOrigin(source, 'main'), error: error('too_old'), ran: false },
      context,
    );

    expect(record.headers).toMatchObject({ 'x-retry-attempt': '0', 'x-attempts-total': '0' });
  });

  it('of a record without a key and a value is published with a key that names its place', () => {
    const bare: IncomingRecord = { ...source, key: null, value: null, headers: {} };

    const { record } = route(bare, 'decode_failed');

    expect(record.value).toBeNull();
    expect(record.key.toString()).toBe('payments.payment.v1:3:9007199254740993');
  });
});

describe('a copy', () => {
  it.each(['x-original-topic', 'x-original-partition', 'x-original-offset', 'x-original-timestamp'])(
    'without %s cannot be routed',
    (name) => {
      const { [name]: _gone, ...headers } = copyOf(route(source, 'unknown')).headers;

      expect(() => originOf({ ...source, headers }, 'retry')).toThrow(
        expect.objectContaining({ code: 'decode_failed', message: expect.stringContaining(name) }),
      );
    },
  );

  it.each(['-1', '1.5', '1e3', '', 'NaN', '99999999999999999'])('with the attempt %j cannot be routed', (attempt) => {
    const headers = { ...copyOf(route(source, 'unknown')).headers, 'x-retry-attempt': attempt };

    expect(() => originOf({ ...source, headers }, 'retry')).toThrow(expect.objectContaining({ code: 'decode_failed' }));
  });

  it('on a domain topic is taken for what it is there, whatever its headers claim', () => {
    const headers = {
      ...source.headers,
      'x-original-topic': 'other',
      'x-retry-attempt': '3',
      'x-original-timestamp': '1',
    };

    expect(originOf({ ...source, headers }, 'main')).toEqual(ownOrigin(source, 'main'));
  });
});

function error(code: ErrorCode): TrunklineError {
  return new TrunklineError(code, 'it failed');
}

function route(from: IncomingRecord, code: ErrorCode, origin: Origin = ownOrigin(from, 'main')): RoutedCopy {
  return routeFailure({ source: from, origin, error: error(code), ran: true }, context);
}

function copyOf({ record }: RoutedCopy): IncomingRecord {
  return { ...source, topic: record.topic, partition: 0, offset: 1n, timestampMs: nowMs, headers: record.headers };
}
