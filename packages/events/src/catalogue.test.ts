import { describe, expect, it } from 'vitest';

import { catalogue, isDomainTopic, isTopic, topicEntry, topics, typeRank } from './catalogue.ts';
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

  it('keeps the ranks of payments, which records already carry', () => {
    expect(catalogue['payments.payment.v1'].types).toEqual({
      'payments.payment.created': { lead: 0, step: 0 },
      'payments.payment.action_required': { lead: 0, step: 1 },
      'payments.payment.processing': { lead: 0, step: 2 },
      'payments.payment.failed': { lead: 0, step: 3 },
      'payments.payment.canceled': { lead: 1, step: 4 },
      'payments.payment.succeeded': { lead: 1, step: 4 },
    });
  });

  it('does not take what every object has for a topic or a type', () => {
    expect(isTopic('toString')).toBe(false);
    expect(typeRank('payments.payment.v1', 'constructor')).toBe(undefined);
  });

  it('tells topics with an envelope from the others', () => {
    expect(topics.filter(isDomainTopic)).toEqual(['payments.payment.v1', 'integration.event.v1']);
    expect(isDomainTopic('unknown.v1')).toBe(false);
  });

  it.each(topics.filter(isDomainTopic))('begins %s with the envelope', (topic) => {
    const schema = JSON.parse(schemaTexts[topic]) as {
      fields: { name: string; type: { namespace: string; name: string } }[];
    };

    expect(schema.fields[0]).toMatchObject({ name: 'metadata', type: { namespace: 'trunkline', name: 'Metadata' } });
  });
});
