import { describe, expect, it } from 'vitest';

import { createEventCodec } from './codec.ts';
import { schemaTexts } from './generated/schemas.ts';
import { createRecordViews } from './record-views.ts';
import { deliveryRecord } from './testing/builders.ts';
import { failsWith, payment, setup, subject, topic, withId } from './testing/codec-setup.ts';

const wanted = ['eventId', 'tenantId', 'entityId', 'receivedAt', 'providerEventId'] as const;

describe('a view of records', () => {
  it('gives the fields of the envelope that are asked for, whatever stands behind them', async () => {
    const { registry, codec } = await setup();
    const view = createRecordViews({ registry }).ofMetadata(wanted);
    const value = codec.encode(topic, payment);

    const read = await view.read(value);
    const cut = view.readNow(value.subarray(0, value.length - 3));

    const { eventId, tenantId, entityId, receivedAt, providerEventId } = payment.metadata;
    expect({ ...read }).toEqual({ eventId, tenantId, entityId, receivedAt, providerEventId });
    expect({ ...cut }).toEqual({ ...read });
  });

  it('reads what another release wrote, with less behind the envelope', async () => {
    const { registry, codec } = await setup();
    const schema = JSON.parse(schemaTexts[topic]) as { fields: readonly unknown[] };
    const id = registry.register(subject, JSON.stringify({ ...schema, fields: schema.fields.slice(0, 1) }));
    const view = createRecordViews({ registry }).ofMetadata(wanted);

    const read = await view.read(withId(codec.encode(topic, payment), id));

    expect(read.eventId).toBe(payment.metadata.eventId);
  });

  it('passes over the body of a delivery', async () => {
    const { registry } = await setup({ topics: ['ingress.delivery.v1'] });
    const codec = await createEventCodec({ registry, topics: ['ingress.delivery.v1'] });
    const record = deliveryRecord();
    const view = createRecordViews({ registry }).ofRecord('ingress.delivery.v1', ['deliveryId', 'verdict', 'traceId']);

    const read = await view.read(codec.encode('ingress.delivery.v1', record));

    expect({ ...read }).toEqual({
      deliveryId: record.deliveryId,
      verdict: record.verdict,
      traceId: record.traceId,
    });
  });

  it('refuses what is no record, and tells that from a registry that is away', async () => {
    const { registry, codec } = await setup();
    const value = codec.encode(topic, payment);
    const view = createRecordViews({ registry }).ofMetadata(wanted);

    expect(view.readNow(value)).toBeUndefined();
    await expect(view.read(null)).rejects.toThrow(failsWith('decode_failed'));
    await expect(view.read(value.subarray(0, 20))).rejects.toThrow(failsWith('decode_failed'));
    await expect(view.read(withId(value, 999))).rejects.toThrow(failsWith('schema_unknown'));
    registry.reachable = false;
    await expect(createRecordViews({ registry }).ofMetadata(wanted).read(value)).rejects.toThrow(
      failsWith('dependency_unavailable'),
    );
  });
});
