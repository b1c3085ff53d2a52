import type { IncomingMessage, ServerResponse } from 'node:http';

import { createEventCodec, type EventCodec } from '@trunkline/events';
import type { OutgoingRecord, Publisher } from '@trunkline/kafka';
import { createMetrics, createRequestSpans, type Logger } from '@trunkline/runtime';
import { beforeAll, describe, expect, it } from 'vitest';

import { openExchange } from './exchange.ts';
import { createByteBudget } from './limits/byte-budget.ts';
import { Refusal, type RefusalStep } from './refusal.ts';
import { createRejectionRecorder, parameterNames, type RejectionRecorder, rejectionLimits } from './rejections.ts';

const silent: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, fatal: ignore };
function ignore(): void {
  // Its log lines are not what these cases are about.
}

let codec: EventCodec;
beforeAll(async () => {
  const registry = { idOf: () => Promise.resolve(1), schemaOf: () => Promise.reject(new Error('not asked')) };
  codec = await createEventCodec({ registry, topics: ['ingress.rejection.v1'] });
});

/** A broker that acknowledges when it is told to: a real one cannot be made to hang on the hundred and first record. */
function heldPublisher(): Publisher & { readonly published: OutgoingRecord[]; answer(error?: Error): void } {
  const published: OutgoingRecord[] = [];
  const waiting: ((error?: Error) => void)[] = [];
  return {
    published,
    publish: (records) => {
      published.push(...records);
      return new Promise((resolve, reject) => {
        waiting.push((error) => (error === undefined ? resolve() : reject(error)));
      });
    },
    answer: (error) => {
      for (const done of waiting.splice(0)) done(error);
    },
    state: () => 'ready',
    waitingBytes: () => 0,
    close: () => Promise.resolve(),
  };
}

interface Recording {
  readonly recorder: RejectionRecorder;
  readonly publisher: ReturnType<typeof heldPublisher>;
  readonly setTime: (ms: number) => void;
  readonly refuse: (step: RefusalStep) => void;
}

function recording(): Recording {
  const publisher = heldPublisher();
  let nowMs = 1_000_000;
  const clock = (): number => nowMs;
  const backbone = { codec, publisher, maxRecordBytes: () => 1_000_000 };
  const recorder = createRejectionRecorder({
    backbone: () => backbone,
    clock,
    logger: silent,
    metrics: createMetrics({ name: 'ingress', version: 'test' }),
  });
  const budget = createByteBudget(0);
  const startRequestSpan = createRequestSpans(undefined);
  // openExchange and the recorder read these members of a request and nothing of a response.
  const request = {
    method: 'POST',
    url: '/hooks/src_x?a=1',
    headers: {},
    rawHeaders: [],
  } as unknown as IncomingMessage;
  return {
    recorder,
    publisher,
    setTime: (ms) => (nowMs = ms),
    refuse: (step) => {
      const refusal = new Refusal({ step, code: 'signature_invalid', detail: 'x' });
      const exchange = openExchange(request, {} as unknown as ServerResponse, { clock, budget, startRequestSpan });
      recorder.record(exchange, refusal, 401);
    },
  };
}

describe('rejection records', () => {
  it('are limited per kind, and the next one says how many were left out', async () => {
    const { publisher, refuse, setTime } = recording();

    for (let count = 0; count < rejectionLimits.burst + 7; count += 1) refuse('signature_mismatch');
    setTime(1_000_000 + 1_000);
    refuse('signature_mismatch');

    const last = await codec.decode('ingress.rejection.v1', publisher.published.at(-1)?.value ?? null);
    expect(publisher.published).toHaveLength(rejectionLimits.burst + 1);
    expect(last.suppressedBefore).toBe(7);
  });

  it('of one kind do not use up the rate of another', () => {
    const { publisher, refuse } = recording();

    for (let count = 0; count < 100; count += 1) refuse('signature_mismatch');
    refuse('size');

    expect(publisher.published).toHaveLength(rejectionLimits.burst + 1);
  });

  it('are never more under way than the limit, whatever comes', () => {
    const { publisher, refuse } = recording();
    const kinds: readonly RefusalStep[] = [
      'size',
      'source',
      'method',
      'read',
      'encoding',
      'request',
      'token_mismatch',
      'unknown_key',
    ];

    for (let count = 0; count < rejectionLimits.burst; count += 1) for (const kind of kinds) refuse(kind);

    expect(publisher.published).toHaveLength(rejectionLimits.publishing);
  });

  it('under way are waited for when the process stops', async () => {
    const { recorder, publisher, refuse } = recording();
    refuse('size');
    let drained = false;

    const draining = recorder.drain(5_000).then(() => (drained = true));
    await new Promise((resolve) => setImmediate(resolve));
    const before = drained;
    publisher.answer();
    await draining;

    expect([before, drained]).toEqual([false, true]);
  });

  it('that cannot be published are dropped, and nothing is thrown', async () => {
    const { recorder, publisher, refuse } = recording();
    refuse('size');

    publisher.answer(new Error('Kafka is away'));

    await expect(recorder.drain(1_000)).resolves.toBeUndefined();
  });
});

describe('parameterNames', () => {
  it.each([
    ['/hooks/a', null],
    ['/hooks/a?', ''],
    ['/hooks/a?From=%2B1555&Body=hi', 'From&Body'],
    ['/hooks/a?just-text', 'just-text'],
    [`/hooks/a?${'x'.repeat(10_000)}`, 'x'.repeat(rejectionLimits.queryLength)],
  ])('keeps of %.40s no value', (target, names) => {
    expect(parameterNames(target)).toBe(names);
  });
});
