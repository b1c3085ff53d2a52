import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type RecordOf, type Topic, topics } from './catalogue.ts';
import { createEventCodec, type EventCodec } from './codec.ts';
import { schemaTexts } from './generated/schemas.ts';
import { sealEvent } from './seal.ts';
import {
  deliveryContext,
  deliveryRecord,
  integrationDraft,
  type MemoryRegistry,
  memoryRegistry,
  paymentPayload,
} from './testing/builders.ts';
import { failsWith, payment, setup, subject, thrownBy, topic, withId } from './testing/codec-setup.ts';

/** The payment schema with its fields changed: what another release would have registered. */
function otherSchema(change: (fields: { name: string }[]) => unknown[]): string {
  const schema = JSON.parse(schemaTexts[topic]) as { fields: { name: string }[] };
  return JSON.stringify({ ...schema, fields: change(schema.fields) });
}

describe('starting a codec', () => {
  it('fails when a schema is not registered, with the registry error that names the command', async () => {
    await expect(createEventCodec({ registry: memoryRegistry(), topics: [topic] })).rejects.toThrow(
      failsWith('config_invalid', 'trunkline schemas register'),
    );
  });

  it('fails as a broken dependency when the registry cannot be reached or does not answer', async () => {
    const unreachable = memoryRegistry();
    unreachable.reachable = false;
    const silent = {
      idOf: () => new Promise<number>(() => undefined),
      schemaOf: () => new Promise<string>(() => undefined),
    };

    await expect(createEventCodec({ registry: unreachable, topics: [topic] })).rejects.toThrow(
      failsWith('dependency_unavailable'),
    );
    await expect(
      createEventCodec({ registry: silent, topics: [topic], limits: { registryDeadlineMs: 5 } }),
    ).rejects.toThrow(failsWith('dependency_unavailable', subject));
  });

  it('asks the registry for a few schemas at a time, so that the last is not answered after its deadline', async () => {
    let asking = 0;
    let most = 0;
    const registry = {
      idOf: async () => {
        most = Math.max(most, (asking += 1));
        await Promise.resolve();
        asking -= 1;
        return 1;
      },
      schemaOf: () => Promise.reject(new Error('not asked for here')),
    };

    await createEventCodec({ registry, topics, limits: { maxLookups: 3 } });

    expect(most).toBe(3);
  });

  it('makes topics that were not announced an error of configuration', async () => {
    const { codec } = await setup();

    expect(() => codec.encode('ingress.delivery.v1', deliveryRecord())).toThrow(
      failsWith('config_invalid', 'ingress.delivery.v1'),
    );
  });
});

describe('encoding', () => {
  it('writes 0x00 and the schema id, big-endian, before the Avro bytes', async () => {
    const { codec } = await setup();

    const value = codec.encode(topic, payment);

    expect(value.subarray(0, 5).toString('hex')).toBe('0000000001');
    expect(value.subarray(5, 7).toString('hex')).toBe('4865'); // the first string has 36 bytes and begins with "e"
  });

  it('gives every record its own bytes', async () => {
    const { codec } = await setup();

    const first = codec.encode(topic, payment);
    const copy = Buffer.from(first);
    codec.encode(topic, { ...payment, status: 'failed' });

    expect(first).toEqual(copy);
  });

  it('writes records of any size', async () => {
    const { codec } = await setup({ topics: ['ingress.delivery.v1'] });

    for (const size of [0, 65_000, 65_300, 65_536, 1_048_576]) {
      const record = deliveryRecord({ body: Buffer.alloc(size, 'é') });
      const value = codec.encode('ingress.delivery.v1', record);

      expect(codec.decodeNow('ingress.delivery.v1', value)).toEqual(record);
    }
  });

  it.each([
    [
      'a missing required field',
      { metadata: { ...payment.metadata, account: undefined } },
      'metadata.account must be string and is undefined',
    ],
    ['a wrong type in a nullable field', { livemode: 'false' }, 'livemode must be'],
    [
      'a wrong item in an array',
      { metadata: { ...payment.metadata, statedFields: ['status', 7] } },
      'metadata.statedFields.1 must be string and is number',
    ],
    [
      'a long beyond 2^53',
      { amount: 2 ** 53 },
      'amount must be a whole number from -4503599627370496 to 9007199254740990',
    ],
    ['a long below -2^52', { amount: -(2 ** 52) - 1 }, 'amount must be a whole number from'],
    ['a long that is a fraction', { amount: 19.99 }, 'amount must be a whole number'],
    ['a time that is no number', { createdAt: Number.NaN }, 'createdAt must be a whole number'],
  ])('refuses %s and names the field', async (_name, change, message) => {
    const { codec } = await setup();
    // The compiler refuses these; a payload of a provider reaches here as data.
    const record = { ...payment, ...change } as unknown as RecordOf<typeof topic>;

    expect(() => codec.encode(topic, record)).toThrow(failsWith('payload_malformed', message));
  });

  it('never says a value of the record in an error', async () => {
    const { codec } = await setup();
    const record = { ...payment, status: { secret: 'canary' } } as unknown as RecordOf<typeof topic>;

    const error = thrownBy(() => codec.encode(topic, record));

    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('canary');
    expect(error).not.toHaveProperty('cause');
  });
});

const nullable = <V>(arbitrary: fc.Arbitrary<V>): fc.Arbitrary<V | null> => fc.option(arbitrary, { nil: null });
const anyText = fc.string({ maxLength: 40 });
const anyLong = fc.oneof(
  fc.integer(),
  fc.integer({ min: -(2 ** 52), max: 9_007_199_254_740_990 }),
  fc.constantFrom(0, -1, 63, 64, -64, -65, 2 ** 31, -(2 ** 31) - 1, -(2 ** 52), 2 ** 53 - 2),
);

describe('decoding', () => {
  it('gives back what was encoded', async () => {
    const { codec } = await setup();
    const payloads = fc.record({
      status: nullable(anyText),
      amount: nullable(anyLong),
      amountReceived: nullable(anyLong),
      paymentMethodTypes: nullable(fc.array(anyText)),
      livemode: nullable(fc.boolean()),
      createdAt: nullable(anyLong),
    });

    fc.assert(
      fc.property(payloads, fc.array(anyText), nullable(fc.nat()), (changes, statedFields, providerSequence) => {
        const record = {
          metadata: { ...payment.metadata, statedFields, providerSequence },
          ...paymentPayload(changes),
        };

        expect(codec.decodeNow(topic, codec.encode(topic, record))).toEqual(record);
      }),
    );
  });

  it('gives back every topic with bytes and headers', async () => {
    const { codec } = await setup({ topics: ['integration.event.v1', 'ingress.delivery.v1'] });
    const { record } = sealEvent(integrationDraft(), deliveryContext());

    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.array(fc.record({ name: anyText, value: nullable(anyText) })),
        (bytes, headers) => {
          const event = { ...record, body: Buffer.from(bytes), headers };
          const delivery = deliveryRecord({ body: Buffer.from(bytes), headers });

          expect(codec.decodeNow('integration.event.v1', codec.encode('integration.event.v1', event))).toEqual(event);
          expect(codec.decodeNow('ingress.delivery.v1', codec.encode('ingress.delivery.v1', delivery))).toEqual(
            delivery,
          );
        },
      ),
    );
  });

  it('is the same at once and awaited', async () => {
    const { codec } = await setup();
    const value = codec.encode(topic, payment);

    expect(await codec.decode(topic, value)).toEqual(codec.decodeNow(topic, value));
  });

  it('reads what an older and a newer release wrote as the schema of this one', async () => {
    const { codec, registry } = await setup();
    const older = registry.register(
      subject,
      otherSchema((fields) => fields.filter((field) => field.name !== 'orderId')),
    );
    const newer = registry.register(
      subject,
      otherSchema((fields) => [...fields, { name: 'later', type: ['null', 'string'], default: null }]),
    );
    const { orderId: _absent, ...before } = payment;
    const [olderCodec, newerCodec] = await Promise.all([codecOf(registry, older), codecOf(registry, newer)]);

    expect(await codec.decode(topic, olderCodec(before))).toEqual({ ...payment, orderId: null });
    expect(await codec.decode(topic, newerCodec({ ...payment, later: 'x' }))).toEqual(payment);
  });

  it('asks the registry for a writer schema once, however many records wait for it', async () => {
    const { codec, registry } = await setup();
    const id = registry.register(subject, schemaTexts[topic]);
    const value = withId(codec.encode(topic, payment), id);

    expect(codec.decodeNow(topic, value)).toBe(undefined);
    const decoded = await Promise.all([1, 2, 3].map(() => codec.decode(topic, value)));

    expect(decoded).toEqual([payment, payment, payment]);
    expect(codec.decodeNow(topic, value)).toEqual(payment);
    expect(registry.lookups).toBe(1);
  });
});

/** Encodes with a schema of the registry that is not the one of this build. */
async function codecOf(registry: MemoryRegistry, id: number): Promise<(record: object) => Buffer> {
  const { writerType } = await import('./avro-types.ts');
  const type = writerType(await registry.schemaOf(id));
  return (record) => withId(Buffer.concat([Buffer.alloc(5), type.toBuffer(record)]), id);
}

/** Compiles only while drafts, sealed events and the codec agree for a topic that is known only at run time. */
export function acceptsAnyTopic(codec: EventCodec, drafts: readonly Parameters<typeof sealEvent>[0][]): Buffer[] {
  return drafts.map((draft) => {
    const sealed = sealEvent(draft, deliveryContext());
    return codec.encode(sealed.topic satisfies Topic, sealed.record);
  });
}
