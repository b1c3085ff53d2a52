import { TrunklineError } from '@trunkline/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createEventCodec } from './codec.ts';
import { schemaTexts } from './generated/schemas.ts';
import { deliveryRecord, memoryRegistry } from './testing/builders.ts';
import { failsWith, payment, setup, subject, topic, withId } from './testing/codec-setup.ts';

describe('bytes that are not such a record', () => {
  it.each([
    ['no value at all', null, 'no value'],
    ['no bytes', Buffer.alloc(0), '0 bytes'],
    ['half a schema id', Buffer.from([0, 0, 0]), '3 bytes'],
    ['another first byte', Buffer.from('{"id":"evt_1"}'), '0x00'],
    ['nothing after the id', Buffer.from([0, 0, 0, 0, 1]), 'ends too early'],
  ])('fail to decode: %s', async (_name, value, message) => {
    const { codec } = await setup();

    expect(() => codec.decodeNow(topic, value)).toThrow(failsWith('decode_failed', message));
    await expect(codec.decode(topic, value)).rejects.toThrow(failsWith('decode_failed', message));
  });

  it('fail to decode when bytes are missing or left over', async () => {
    const { codec } = await setup();
    const value = codec.encode(topic, payment);

    for (let length = 5; length < value.length; length += 1) {
      expect(() => codec.decodeNow(topic, value.subarray(0, length))).toThrow(failsWith('decode_failed'));
    }
    expect(() => codec.decodeNow(topic, Buffer.concat([value, Buffer.alloc(1)]))).toThrow(
      failsWith('decode_failed', '1 bytes too many'),
    );
  });

  it('fail to decode or decode, but never anything else, whatever they are', async () => {
    const { codec } = await setup();

    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (garbage) => {
        const value = Buffer.concat([Buffer.from([0, 0, 0, 0, 1]), garbage]);

        expect(outcomeOf(() => codec.decodeNow(topic, value))).toBe('decode_failed or a record');
      }),
      { numRuns: 500 },
    );
  });

  it('fail to decode when they are a record of another topic', async () => {
    const { codec } = await setup({ topics: [topic, 'ingress.delivery.v1'] });
    const value = codec.encode('ingress.delivery.v1', deliveryRecord());

    await expect(codec.decode(topic, value)).rejects.toThrow(failsWith('decode_failed', 'payments.payment.v1'));
    expect(() => codec.decodeNow(topic, value)).toThrow(failsWith('decode_failed', 'payments.payment.v1'));
  });

  it.each([
    ['2^53 - 1', 'feffffffffffff1f'],
    ['-2^52 - 1', '8180808080808010'],
    ['-2^53', 'ffffffffffffff1f'],
  ])('fail to decode when they hold a long that a number does not: %s', async (_name, varint) => {
    const { codec } = await setup();
    const value = codec.encode(topic, { ...payment, amount: 9_007_199_254_740_990 });
    const at = value.indexOf(Buffer.from('fcffffffffffff1f', 'hex'));
    value.set(Buffer.from(varint, 'hex'), at);

    expect(at).toBeGreaterThan(0);
    expect(() => codec.decodeNow(topic, value)).toThrow(failsWith('decode_failed'));
  });

  it('fail to decode when they hold an int of more than 32 bits', async () => {
    const { codec } = await setup({ topics: ['ingress.delivery.v1'] });
    const value = codec.encode('ingress.delivery.v1', deliveryRecord({ answerStatus: 0x7fff_fffe }));
    const at = value.indexOf(Buffer.from('fcffffff0f', 'hex'));
    value.set(Buffer.from('fcffffff1f', 'hex'), at);

    expect(at).toBeGreaterThan(0);
    expect(() => codec.decodeNow('ingress.delivery.v1', value)).toThrow(failsWith('decode_failed'));
  });

  it('fail to decode when the registry has something else than Avro under their id', async () => {
    const { codec, registry } = await setup();
    const id = registry.register('other', '{"type":"object","properties":{}}');

    await expect(codec.decode(topic, withId(codec.encode(topic, payment), id))).rejects.toThrow(
      failsWith('decode_failed', String(id)),
    );
  });
});

describe('a schema id the registry does not know', () => {
  it('is unknown, and asked for again only after five seconds', async () => {
    let nowMs = 1_000;
    const { codec, registry } = await setup({ monotonicClock: () => nowMs });
    const value = withId(codec.encode(topic, payment), 2);

    await expect(codec.decode(topic, value)).rejects.toThrow(failsWith('schema_unknown'));
    registry.register(subject, schemaTexts[topic]);
    nowMs += 4_999;
    await expect(codec.decode(topic, value)).rejects.toThrow(failsWith('schema_unknown'));
    expect(registry.lookups).toBe(1);
    nowMs += 1;

    expect(await codec.decode(topic, value)).toEqual(payment);
  });
});

describe('a registry that cannot be reached', () => {
  it('says nothing about the record and is asked again at once', async () => {
    const { codec, registry } = await setup();
    const value = withId(codec.encode(topic, payment), registry.register(subject, schemaTexts[topic]));
    registry.reachable = false;

    await expect(codec.decode(topic, value)).rejects.toThrow(failsWith('dependency_unavailable'));
    registry.reachable = true;

    expect(await codec.decode(topic, value)).toEqual(payment);
  });

  it('costs nothing where schemas are at hand', async () => {
    const { codec, registry } = await setup();
    const value = codec.encode(topic, payment);
    registry.reachable = false;

    expect(await codec.decode(topic, value)).toEqual(payment);
  });

  it('and never answers is given up after the deadline, and does not keep others waiting for ever', async () => {
    const registry = memoryRegistry();
    registry.register(subject, schemaTexts[topic]);
    let silent = true;
    const codec = await createEventCodec({
      registry: {
        idOf: (name, text) => registry.idOf(name, text),
        schemaOf: (id) => (silent ? new Promise<string>(() => undefined) : registry.schemaOf(id)),
      },
      topics: [topic],
      limits: { registryDeadlineMs: 10, maxLookups: 2 },
    });
    const values = [2, 3, 4, 5].map((id) => {
      registry.register(subject, schemaTexts[topic]);
      return withId(codec.encode(topic, payment), id);
    });

    const outcomes = await Promise.allSettled(values.map((value) => codec.decode(topic, value)));
    silent = false;

    for (const outcome of outcomes)
      expect(outcome).toEqual({ status: 'rejected', reason: failsWith('dependency_unavailable') });
    expect(await codec.decode(topic, values[3] ?? Buffer.alloc(0))).toEqual(payment);
  });
});

function outcomeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (!(error instanceof TrunklineError) || error.code !== 'decode_failed') return String(error);
  }
  return 'decode_failed or a record';
}
