import { setImmediate } from 'node:timers/promises';

import { createEventCodec, type EventCodec, topics } from '@trunkline/events';
import { Secret, verifyDelivery } from '@trunkline/providers';
import type { ConfiguredSource } from '@trunkline/sources';
import { beforeAll, describe, expect, it } from 'vitest';

import { createKnownContents } from '../limits/known-contents.ts';
import { sourceOf } from '../testing/running-ingress.ts';
import { normalise, type NormalisedDelivery, type NormaliseParts } from './normalise.ts';

const nowMs = Date.UTC(2026, 2, 2, 10, 15, 30);
const secrets = [new Secret('a token of the tests')];
const orders = sourceOf(
  'generic',
  { sourceId: 'src_orders', secrets },
  { options: { scheme: 'token', header: 'X-Token', event: { id: '/id' } } },
);
const mails = sourceOf(
  'brevo',
  { sourceId: 'src_mails', account: 'shop', secrets },
  { options: { scheme: 'token', header: 'X-Token' } },
);

let codec: EventCodec;
beforeAll(async () => {
  codec = await createEventCodec({
    topics,
    registry: { idOf: () => Promise.resolve(1), schemaOf: () => Promise.reject(new Error('nothing is read here')) },
  });
});

describe('one id', () => {
  it('that says something else in a later delivery makes that one partial, and is counted', async () => {
    const parts = partsOf();

    const told = [];
    for (const body of ['{"id":"1","a":1}', '{"id":"1","a":1}', '{"id":"1","a":2}']) {
      told.push(await normalised(orders, { body }, parts));
    }

    expect(told.map(({ conflicts }) => conflicts)).toEqual([0, 0, 1]);
    expect(told.map(({ normalization }) => normalization.verdict)).toEqual(['normalised', 'normalised', 'partial']);
    expect(told.at(-1)?.normalization.reason).toBe('one id is used for two contents');
    expect(new Set(told.flatMap(({ events }) => events.map(({ eventId }) => eventId))).size).toBe(1);
  });

  it('is another one at another source', async () => {
    const parts = partsOf();
    await normalised(orders, { body: '{"id":"1","a":1}' }, parts);

    const other = { ...parts, context: { ...parts.context, sourceId: 'src_other' } };

    expect(await normalised(orders, { body: '{"id":"1","a":2}' }, other)).toMatchObject({ conflicts: 0 });
  });
});

describe('a large batch', () => {
  const body = JSON.stringify(Array.from({ length: 4_000 }, (_, ts_event) => ({ event: 'list_addition', ts_event })));

  it('lets other requests in between its events', async () => {
    let isDone = false;
    const runsMs: number[] = [];
    const others = (async () => {
      while (!isDone) {
        const before = process.cpuUsage();
        await setImmediate();
        const { user, system } = process.cpuUsage(before);
        runsMs.push((user + system) / 1_000);
      }
    })();

    const { events } = await normalised(mails, { body }, partsOf());
    isDone = true;
    await others;

    const total = runsMs.reduce((sum, run) => sum + run, 0);
    expect(events).toHaveLength(4_000);
    expect(Math.max(...runsMs)).toBeLessThan(total * 0.7);
  });

  it('whose records would be many times its body is passed on whole', async () => {
    const headers = Array.from({ length: 500 }, (_, index): [string, string] => [`x-${'n'.repeat(20)}-${index}`, '1']);

    const { normalization, events } = await normalised(mails, { body, headers }, partsOf());

    expect(normalization).toMatchObject({ verdict: 'unnormalised', reason: 'its events are too large together' });
    expect(events).toHaveLength(1);
  });
});

interface Sent {
  readonly body: string;
  readonly headers?: readonly (readonly [string, string])[];
}

async function normalised(
  source: ConfiguredSource,
  { body, headers = [] }: Sent,
  parts: NormaliseParts,
): Promise<NormalisedDelivery> {
  const target = `/hooks/${source.sourceId}`;
  const given = [['Content-Type', 'application/json'], ...headers] as const;
  const request = {
    method: 'POST',
    target,
    publicUrl: `https://hooks.example.com${target}`,
    headers: given,
    body: Buffer.from(body),
  };
  const result = verifyDelivery(source, source.provider.sign(request, source.settings, nowMs), nowMs);
  if (!result.ok) throw new Error(result.detail);
  return normalise(source, result.delivery, parts);
}

function partsOf(): NormaliseParts {
  return {
    codec,
    maxRecordBytes: () => 2 ** 23,
    knownContents: createKnownContents(),
    context: {
      tenantId: 'tnt_test',
      sourceId: 'src_test',
      provider: 'generic',
      deliveryId: 'dlv_0190b6a2f3c47a0e8f11223344556677',
      receivedAtMs: nowMs,
      correction: 0,
      installationKey: Buffer.alloc(32),
    },
  };
}
