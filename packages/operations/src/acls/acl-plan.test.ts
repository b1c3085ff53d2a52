import { topicEntry, topics } from '@trunkline/events';
import { deadLetterTopic, kafkaUserOf, redriveTopic, retryTopic } from '@trunkline/kafka';
import { describe, expect, it } from 'vitest';

import { groups } from '../groups.ts';
import { aclPlan, kafkaUsers } from './acl-plan.ts';

const plan = aclPlan({ retryTiers: ['10s', '1m'] });

function namesOf(service: string, operation: string, resource = 'topic'): readonly string[] {
  const user = kafkaUserOf(service);
  return plan
    .filter((rule) => rule.user === user && rule.operation === operation && rule.resource === resource)
    .map(({ name }) => name);
}

describe('what services may do on the brokers', () => {
  it('is said of each user, each thing once', () => {
    expect([...new Set(plan.map(({ user }) => user))].toSorted()).toEqual([...kafkaUsers].toSorted());
    expect(new Set(plan.map((rule) => JSON.stringify(rule))).size).toBe(plan.length);
  });

  it('lets the ingress write whatever providers send, no request, nothing of our own, and read nothing', () => {
    expect(namesOf('ingress', 'write')).toEqual(
      topics.filter((topic) => topicEntry(topic).kind !== 'request' && topicEntry(topic).domain !== 'delivery'),
    );
    expect(plan.filter(({ user, operation }) => user === kafkaUserOf('ingress') && operation === 'read')).toEqual([]);
  });

  it.each(groups.map((group) => [group.name, group] as const))(
    'lets %s read its topics and copies, and write its copies, its letters, what it asks for and what it tells',
    (name, group) => {
      const retries = [retryTopic(name, '10s'), retryTopic(name, '1m')];

      expect(namesOf(name, 'read')).toEqual([...group.topics, ...retries, redriveTopic(name)]);
      expect(namesOf(name, 'write')).toEqual([...retries, deadLetterTopic(name), ...group.asks, ...group.tells]);
      expect(namesOf(name, 'read', 'group')).toEqual([name, `${name}.retry`, `${name}.redrive`]);
    },
  );

  it('lets the connections ask that somebody be told, and nothing else', () => {
    expect(namesOf('connections', 'write')).toEqual(['notifications.request.v1']);
    expect(namesOf('connections', 'read')).toEqual([]);
  });

  it('lets the journal write what is sent back, replay, and ask that somebody be told, and nothing else', () => {
    expect(namesOf('journal', 'write')).toEqual([
      ...groups.map(({ name }) => redriveTopic(name)),
      ...topics.filter(
        (topic) => topic === 'ingress.delivery.v1' || ['domain', 'integration'].includes(topicEntry(topic).kind),
      ),
      'notifications.request.v1',
    ]);
  });
});
