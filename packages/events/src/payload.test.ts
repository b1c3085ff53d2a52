import { describe, expect, it } from 'vitest';

import { isDomainTopic, topics } from './catalogue.ts';
import { createEventCodec } from './codec.ts';
import { schemaTexts } from './generated/schemas.ts';
import { stating, type StatedTopic, unstatedPayload } from './payload.ts';
import { type DeliveryContext, sealEvent } from './seal.ts';

const statedTopics = topics
  .filter(isDomainTopic)
  .filter((topic): topic is StatedTopic => topic !== 'integration.event.v1');

const context: DeliveryContext = {
  tenantId: 'tnt_acme',
  sourceId: 'src_crm',
  provider: 'hubspot',
  deliveryId: 'dlv_0190b6a2f3c47a0e8f11223344556677',
  receivedAtMs: 1_732_233_600_123,
  correction: 0,
  installationKey: Buffer.alloc(32),
};

describe('a statement', () => {
  it('states the given fields, null included, and leaves every other unknown', () => {
    const { payload, statedFields } = stating('crm.contact.v1', { email: null, firstName: 'Ada' });

    expect(statedFields).toEqual(['email', 'firstName']);
    expect(payload).toEqual({ ...unstatedPayload('crm.contact.v1'), firstName: 'Ada' });
  });

  it('fills what describes the event without stating it', () => {
    const { payload, statedFields } = stating(
      'crm.contact.v1',
      { email: 'ada@example.com' },
      { propertyName: 'email', changeSource: 'IMPORT' },
    );

    expect(statedFields).toEqual(['email']);
    expect(payload).toMatchObject({ email: 'ada@example.com', propertyName: 'email', changeSource: 'IMPORT' });
  });

  it.each(statedTopics)('of nothing about %s is a record that fits its schema', async (topic) => {
    const codec = await createEventCodec({
      topics: [topic],
      registry: { idOf: () => Promise.resolve(1), schemaOf: () => Promise.resolve(schemaTexts[topic]) },
    });

    // The metadata of another topic: envelopes are all alike.
    const { record } = sealEvent(
      {
        topic: 'crm.contact.v1',
        type: 'crm.contact.updated',
        account: '1',
        entity: { kind: 'contact', id: '2' },
        identity: { basis: 'rx', index: 0 },
        occurred: { estimated: true },
        ...stating('crm.contact.v1', {}),
      },
      context,
    );
    const unstated = { metadata: record.metadata, ...unstatedPayload(topic) } as never;

    expect(await codec.decode(topic, codec.encode(topic, unstated))).toEqual(unstated);
  });

  it('of a list of things keeps what is known of each', async () => {
    const topic = 'payments.subscription.v1';
    const codec = await createEventCodec({
      topics: [topic],
      registry: { idOf: () => Promise.resolve(1), schemaOf: () => Promise.resolve(schemaTexts[topic]) },
    });
    const known = { itemId: 'si_1', priceId: 'price_1', productId: null, quantity: 3, unitAmount: 1_999 };
    const items = [
      { ...known, billingInterval: 'month', billingIntervalCount: 1 },
      { ...known, itemId: 'si_2', unitAmount: null, billingInterval: null, billingIntervalCount: null },
    ];

    const { record } = sealEvent(
      {
        topic,
        type: 'payments.subscription.updated',
        account: 'acct_1.live',
        entity: { kind: 'subscription', id: 'sub_1' },
        identity: { basis: 'id', id: 'evt_1' },
        occurred: { at: 1_732_233_600_000, estimated: false },
        ...stating(topic, { items, itemsTruncated: false }),
      },
      context,
    );

    expect((await codec.decode(topic, codec.encode(topic, record))).items).toEqual(items);
  });
});
