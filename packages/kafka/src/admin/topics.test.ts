import { catalogue } from '@trunkline/events';
import { describe, expect, it } from 'vitest';

import { diffTopics } from './topic-diff.ts';
import { recordLimits, retryDelayMs, topicPlan } from './topics.ts';

const kiB = 1024;
const dayMs = 86_400_000;

const options = {
  replicationFactor: 3,
  partitions: 12,
  largestBodyBytes: 8 * 1024 * kiB,
  groups: ['payments'],
  retryTiers: ['10s', '1h'],
};

function specOf(topic: string, changed: Partial<typeof options> = {}) {
  return topicPlan({ ...options, ...changed }).find((spec) => spec.topic === topic);
}

describe('the topic plan', () => {
  it('names every topic of the catalogue and the topics of every group', () => {
    expect(topicPlan(options).map(({ topic }) => topic)).toEqual([
      ...Object.keys(catalogue),
      'payments.retry.10s',
      'payments.retry.1h',
      'payments.redrive',
      'payments.dlt',
    ]);
  });

  it("gives catalogue topics the installation's partitions and group topics three", () => {
    expect(specOf('payments.payment.v1')?.partitions).toBe(12);
    expect(specOf('payments.dlt')?.partitions).toBe(3);
    expect(specOf('payments.dlt', { partitions: 1 })?.partitions).toBe(1);
  });

  it('keeps records as long as docs/records.md says', () => {
    const days = Object.fromEntries(
      topicPlan(options).map(({ topic, config }) => [topic, Number(config['retention.ms']) / dayMs]),
    );

    expect(days).toMatchObject({
      'payments.payment.v1': 7,
      'ingress.delivery.v1': 7,
      'ingress.rejection.v1': 3,
      'payments.retry.10s': 7,
      'payments.redrive': 7,
      'payments.dlt': 30,
    });
  });

  it('makes room for the largest body and what is put around it', () => {
    expect(specOf('ingress.delivery.v1')?.config['max.message.bytes']).toBe(String((8 * 1024 + 128) * kiB));
    expect(specOf('integration.event.v1')?.config['max.message.bytes']).toBe(String((8 * 1024 + 128) * kiB));
    expect(specOf('payments.dlt')?.config['max.message.bytes']).toBe(String((8 * 1024 + 128 + 64) * kiB));
    expect(specOf('payments.dlt', { largestBodyBytes: 1_000 })?.config['max.message.bytes']).toBe(
      String((1024 + 64) * kiB),
    );
  });

  it("stamps records with the broker's time, deletes and never compacts, and keeps two replicas in sync of three", () => {
    for (const { config } of topicPlan(options)) {
      expect(config).toMatchObject({
        'message.timestamp.type': 'LogAppendTime',
        'cleanup.policy': 'delete',
        'min.insync.replicas': '2',
      });
    }
    expect(specOf('payments.dlt', { replicationFactor: 1 })?.config['min.insync.replicas']).toBe('1');
    expect(specOf('payments.payment.v1')?.config['segment.ms']).toBe(String(dayMs));
    expect(specOf('payments.retry.10s')?.config['segment.ms']).toBe('3600000');
  });

  it('gives the publisher the limit of each topic, and of a topic it does not know the smallest', () => {
    const limitOf = recordLimits(topicPlan(options));

    expect(limitOf('ingress.delivery.v1')).toBe((8 * 1024 + 128) * kiB);
    expect(limitOf('payments.payment.v1')).toBe(1024 * kiB);
    expect(limitOf('unknown')).toBe(1024 * kiB);
  });
});

describe('a retry tier', () => {
  it.each([
    ['10s', 10_000],
    ['1m', 60_000],
    ['2h', 7_200_000],
  ])('%s waits %d ms', (tier, ms) => {
    expect(retryDelayMs(tier)).toBe(ms);
  });

  it.each(['', '10', 's', '0s', '-1s', '1.5s', '10 s', '1d', '10S', '999999s'])('"%s" is refused', (tier) => {
    expect(() => retryDelayMs(tier)).toThrow(expect.objectContaining({ code: 'config_invalid' }));
    expect(() => topicPlan({ ...options, retryTiers: [tier] })).toThrow(
      expect.objectContaining({ code: 'config_invalid' }),
    );
  });
});

describe('the difference between plan and broker', () => {
  const [desired] = topicPlan({ ...options, groups: [] });
  if (desired === undefined) throw new Error('the plan is empty');
  const asPlanned = { partitions: desired.partitions, config: { ...desired.config, 'flush.ms': '1' } };

  it('is nothing when the plan is met, whatever else is set', () => {
    expect(diffTopics([desired], new Map([[desired.topic, asPlanned]]))).toEqual([]);
  });

  it('names what is missing', () => {
    expect(diffTopics([desired], new Map())).toEqual([{ kind: 'missing', topic: desired.topic }]);
  });

  it('names every wrong value and a wrong partition count', () => {
    const actual = { partitions: 3, config: { ...asPlanned.config, 'retention.ms': '5', 'segment.ms': '6' } };

    expect(diffTopics([desired], new Map([[desired.topic, actual]]))).toEqual([
      { kind: 'wrong_partitions', topic: desired.topic, actual: 3, desired: 12 },
      {
        kind: 'wrong_config',
        topic: desired.topic,
        name: 'retention.ms',
        actual: '5',
        desired: desired.config['retention.ms'],
      },
      {
        kind: 'wrong_config',
        topic: desired.topic,
        name: 'segment.ms',
        actual: '6',
        desired: desired.config['segment.ms'],
      },
    ]);
  });
});
