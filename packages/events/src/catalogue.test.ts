import { describe, expect, it } from 'vitest';

import { isDomainTopic, isTopic, type Topic, topicEntry, topics, typeRank } from './catalogue.ts';
import { releasedNumbers, schemaTexts } from './generated/schemas.ts';

describe('the catalogue', () => {
  it.each(topics)('names %s by domain, entity and version, and everything else after it', (topic) => {
    const { domain, entity, subject, schema, types } = topicEntry(topic);

    expect(topic).toBe(`${domain}.${entity}.v1`);
    expect(subject).toBe(`${topic}-value`);
    expect(schema).toBe(`${domain}/${entity}.avsc`);
    for (const type of Object.keys(types)) expect(type).toMatch(new RegExp(`^${domain}\\.${entity}\\.[a-z_]+$`));
  });

  it.each(topics)('has a released schema for %s', (topic) => {
    expect(releasedNumbers[topic]).toBeGreaterThan(0);
    expect(JSON.parse(schemaTexts[topic])).toMatchObject({ type: 'record' });
  });

  it.each(topics)('gives every type of %s a rank of two digits at most', (topic) => {
    for (const { lead, step } of Object.values(topicEntry(topic).types)) {
      expect([lead, step].every((part) => Number.isInteger(part) && part >= 0 && part <= 99)).toBe(true);
    }
  });

  it('does not take what every object has for a topic or a type', () => {
    expect(isTopic('toString')).toBe(false);
    expect(typeRank('payments.payment.v1', 'constructor')).toBe(undefined);
  });

  it('tells topics with an envelope from the others', () => {
    expect(topics.filter((topic) => !isDomainTopic(topic))).toEqual([
      'ingress.delivery.v1',
      'ingress.rejection.v1',
      'notifications.request.v1',
      'calendar.sync_request.v1',
      'privacy.erasure_request.v1',
    ]);
    expect(isDomainTopic('unknown.v1')).toBe(false);
  });

  it('has the topics and no others', () => {
    const names = `
      telephony.call telephony.recording telephony.transcript telephony.message
      payments.payment payments.invoice payments.subscription payments.refund payments.dispute payments.checkout
      payments.payout calendar.booking calendar.event
      crm.contact crm.company crm.deal crm.ticket crm.activity crm.association
      communications.email communications.chat
      identity.user identity.session identity.organization analytics.activity
      delivery.endpoint delivery.message
      integration.event ingress.delivery ingress.rejection notifications.request calendar.sync_request
      privacy.erasure_request`;

    expect(topics).toEqual(
      names
        .trim()
        .split(/\s+/)
        .map((name) => `${name}.v1`),
    );
  });

  it.each(topics.filter(isDomainTopic))('begins %s with the envelope', (topic) => {
    expect(fieldsOf(topic)[0]).toMatchObject({
      name: 'metadata',
      type: { namespace: 'trunkline', name: 'Metadata' },
    });
  });

  it.each(topics.filter((topic) => topicEntry(topic).kind === 'request'))(
    'begins %s with the envelope of requests',
    (topic) => {
      expect(fieldsOf(topic)[0]).toMatchObject({
        name: 'metadata',
        type: { namespace: 'trunkline', name: 'RequestMetadata' },
      });
    },
  );

  it.each(topics.filter((topic) => ['domain', 'request'].includes(topicEntry(topic).kind)))(
    'lets everything of the payload of %s be unknown',
    (topic) => {
      const [, ...payload] = fieldsOf(topic);

      expect(payload.length).toBeGreaterThan(0);
      for (const field of payload) expect(field).toMatchObject({ type: ['null', expect.anything()], default: null });
    },
  );

  it.each(topics)('gives each field of %s that says it was cut a field that it cut', (topic) => {
    const names = fieldsOf(topic).map(({ name }) => name);
    const flags = names.filter((name) => name.endsWith('Truncated'));

    for (const flag of flags) {
      const field = flag.replace(/Truncated$/, '');
      expect(names.includes(field) || names.includes(`${field}Json`), flag).toBe(true);
    }
  });
});

function fieldsOf(topic: Topic): { name: string; type: unknown; default?: unknown }[] {
  return (JSON.parse(schemaTexts[topic]) as { fields: { name: string; type: unknown; default?: unknown }[] }).fields;
}
